import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { DR_HOST_PRIVILEGES, PVE_NEEDS, PVE_ROLES, pvePrivileges } from "../../../provider/rights/pve-rights";

const PAGE = readFileSync(join(__dirname, "../../../docs/how-to/logins.md"), "utf8");

describe("the rights on PVE", () => {
  it("are those that an owner reads in the documentation, role by role", () => {
    for (const login of ["apply", "observe"] as const) {
      const [, privileges = ""] = new RegExp(`pveum role add ${PVE_ROLES[login]} -privs "([^"]+)"`).exec(PAGE) ?? [];
      assert.deepEqual(privileges.split(" "), pvePrivileges(login));
    }
  });

  it("stand there each with what it is for", () => {
    const rows = [...PAGE.matchAll(/^\| `([A-Z][\w.]+)`(?:, `[\w.]+`)* \| (.+) \|$/gm)].map(([row]) => row);
    const expected = PVE_NEEDS.map(
      ({ what, privileges }) => `| ${privileges.map((name) => `\`${name}\``).join(", ")} | ${what} |`,
    );
    assert.deepEqual(rows, expected);
  });

  it("stand in the list once each", () => {
    const all = PVE_NEEDS.flatMap(({ privileges }) => privileges);
    assert.deepEqual([...new Set(all)], all);
  });

  it("are on the page for the owner of another node what the program needs there, and no more", () => {
    const other = readFileSync(join(__dirname, "../../../docs/how-to/dr-host.md"), "utf8");
    const [, privileges = ""] = new RegExp(`pveum role add ${PVE_ROLES.drHost} -privs "([^"]+)"`).exec(other) ?? [];
    assert.deepEqual(privileges.split(" "), [...DR_HOST_PRIVILEGES]);
  });
});
