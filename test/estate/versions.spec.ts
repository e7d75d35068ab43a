import { strict as assert } from "node:assert";

import { problemLine } from "../../estate/problem";
import { PBS, PVE, supportOf } from "../../estate/units/proxmox-version";
import { versionFindings, versionProblems } from "../../estate/versions";
import { observationWith } from "./site";
import { seenSite } from "./three-node-site";

function seen(...versions: readonly string[]) {
  const items = (seenSite().nodes?.items ?? []).slice(0, versions.length);
  return seenSite({
    nodes: {
      complete: true,
      items: items.map((one, index) => ({ ...one, version: `pve-manager/${versions[index]}/ab` })),
    },
  });
}
const problems = (...versions: readonly string[]) =>
  versionProblems(seen(...versions))
    .map(problemLine)
    .join("\n");
const findings = (...versions: readonly string[]) => versionFindings(seen(...versions)).map(({ advice }) => advice);

describe("The versions of a site", () => {
  it("are served from PVE 9.0 to 9.2 and PBS 4.0 to 4.2, however the server writes them", () => {
    for (const version of ["9.0.3", "9.1.4", "pve-manager/9.2.1/1ab0c0ff"])
      assert.equal(supportOf(PVE, version), "served");
    for (const version of ["4.0", "4.1.6", "4.2"]) assert.equal(supportOf(PBS, version), "served");
    assert.deepEqual(
      [supportOf(PVE, "8.4.14"), supportOf(PVE, "9.3.0"), supportOf(PVE, "10.0.1")],
      ["old", "newer", "newer"],
    );
    assert.equal(supportOf(PBS, "3.4"), "old");
    assert.equal(supportOf(PVE, "unknown"), undefined);
  });

  it("are refused below that, with the way to upgrade, and not when nobody asked", () => {
    assert.match(
      problems("9.2.1", "8.4.14"),
      /node tappaas2: expected PVE 9\.0 or newer.*got PVE 8\.4\.14; upgrade it, https/,
    );
    assert.equal(problems("9.0.3", "9.1.4", "9.2.1"), "");
    const server = versionProblems(observationWith({ backupServerVersion: "3.4" }));
    assert.match(server.map(problemLine).join(), /backup server: expected PBS 4\.0 or newer.*got PBS 3\.4; upgrade it/);
    assert.deepEqual(versionProblems(observationWith({ backupServerVersion: "4.0" })), []);
    assert.deepEqual(versionProblems(undefined), []);
  });

  it("are said where they were never tried, or differ between nodes: a guest that moves to the newer one may not come back", () => {
    assert.deepEqual(findings("9.2.1", "9.2.4", "9.2.1"), []);
    assert.match(findings("9.3.0").join(), /it runs PVE 9\.3\.0, and 9\.2 is the newest/);
    assert.match(findings("9.1.4", "9.2.1").join(), /run PVE 9\.1 and 9\.2: .*maybe not back/);
  });
});
