import { strict as assert } from "node:assert";

import { versionWarnings } from "../../../commands/enrol/node";
import { quoted } from "../../../commands/ssh/quoted";

describe("the version of a node", () => {
  it("is taken from 9.0 to the newest that was tested", () => {
    for (const version of ["9.0.3", "9.1.0", "9.2.1"]) assert.deepEqual(versionWarnings(version, "pve1"), []);
  });

  it("is refused below 9 before anything is changed", () => {
    assert.throws(() => versionWarnings("8.4.14", "pve1"), /runs Proxmox VE 8\.4\.14; 9\.0 or newer.*\n?Cure: upgrade/);
  });

  it("is named when it is newer than what was tested", () => {
    assert.match(versionWarnings("9.3.0", "pve1").join(), /newer than 9\.2/);
    assert.match(versionWarnings("10.0.0", "pve1").join(), /newer than 9\.2/);
  });
});

describe("a word for the node's shell", () => {
  it("arrives as it is, whatever stands in it", () => {
    assert.equal(quoted("pulumi@pve!observe"), "'pulumi@pve!observe'");
    assert.equal(quoted("it's; rm -rf $HOME"), "'it'\\''s; rm -rf $HOME'");
    assert.equal(quoted("/access/users"), "/access/users");
    assert.equal(quoted(""), "''");
  });
});
