import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { parse } from "yaml";
import * as z from "zod";

import { drillCommand } from "../../../commands/cli/drill";
import { DRILL_GUEST_PRIVILEGES, PVE_ROLES } from "../../../provider/rights/pve-rights";

const PAGE = readFileSync("docs/how-to/drill.md", "utf8");
const MAKEFILE = readFileSync("Makefile", "utf8");

const WORKFLOW = z.object({
  on: z.object({ schedule: z.array(z.object({ cron: z.string() })) }),
  jobs: z.object({ drill: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }) }),
});

/** Text of the page's blocks in one language. */
function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text = ""]) => text);
}

/** Each `make drill …` that is run without a person has options that the command knows, and says yes by itself. */
function assertUnattended(line: string): void {
  assert.match(MAKEFILE, /^drill: /m);
  const options = (/DRILL_OPTIONS="?([^"\n]*)"?/.exec(line)?.[1] ?? "")
    .split(" ")
    .filter((word) => word.startsWith("--"));
  assert.ok(options.includes("--yes"), `${line} would wait for an answer that nobody gives`);
  const known = drillCommand().options.map(({ long }) => long);
  for (const option of options) assert.ok(known.includes(option), `${option} is no option of drill`);
}

describe("a drill every week", () => {
  it("is run by the timer that the page shows: once a week, caught up with, and without a person", () => {
    const [units = ""] = blocks("ini");
    const [service = "", timer = ""] = units.split(/^# .*\.timer$/m);
    assertUnattended(/^ExecStart=\/usr\/bin\/(make drill .*)$/m.exec(service)?.[1] ?? "");
    assert.match(service, /^Type=oneshot$/m);
    assert.match(timer, /^OnCalendar=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{2}:\d{2}$/m);
    assert.match(timer, /^Persistent=true$/m);
  });

  it("is run by the CI that the page shows: once a week, and without a person", () => {
    const text = blocks("yaml").find((block) => block.includes("jobs:")) ?? "";
    const { on, jobs } = WORKFLOW.parse(parse(text));
    assert.match(on.schedule[0]?.cron ?? "", /^\d+ \d+ \* \* [0-6]$/);
    assertUnattended(
      jobs.drill.steps.flatMap(({ run }) => run ?? []).find((run) => run.startsWith("make drill")) ?? "",
    );
  });

  it("gets on a node the rights that the page and the program say, and no others", () => {
    const roles = /pveum role add (\S+) -privs "([^"]+)"/.exec(PAGE);
    assert.equal(roles?.[1], PVE_ROLES.drill);
    assert.deepEqual((roles[2] ?? "").split(" ").toSorted(), [...DRILL_GUEST_PRIVILEGES].toSorted());
    assert.doesNotMatch(PAGE, /pveum acl modify \/ /);
  });
});
