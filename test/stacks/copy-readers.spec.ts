import { strict as assert } from "node:assert";

import { copyReaderProblems } from "../../estate/copy-readers";
import { estateOf } from "../../estate/estate";
import { parseSettings, type Settings } from "../../estate/settings";
import { identity, inventoryOf, lines, module, observationWith, seenPool } from "../estate/site";
import { declaredRegistrations, WRITTEN } from "./declared";

function settingsWith(readers: readonly string[]): Settings {
  const parsed = parseSettings({ ...WRITTEN, backup: { readers } });
  assert.ok(parsed.ok, lines(parsed).join("; "));
  return parsed.value;
}

describe("Places that fetch copies of a site's backups", () => {
  it("each get a login that reads the datastore, and nothing by which it could write or delete", async () => {
    const settings = settingsWith(["vault@pbs", "peer@pbs"]);
    const guests = [{ vmid: 140, kind: "vm" as const, node: "tappaas1", name: "", disks: [] }];
    const observation = observationWith({
      pools: { complete: true, items: [seenPool] },
      guests: { complete: true, items: guests },
    });
    const estate = estateOf({ inventory: inventoryOf([module("identity", identity)]), settings, observation });
    assert.ok(estate.ok, lines(estate).join("; "));
    const registrations = await declaredRegistrations(settings, estate.value, observation.takenAt);
    const rights = Object.entries(registrations.ofType("resilience:pbs:Acl"));
    for (const reader of ["vault@pbs", "peer@pbs"]) {
      const own = rights.filter(([name]) => name.startsWith(reader)).map(([, inputs]) => inputs as { role: string });
      assert.deepEqual(
        own.map(({ role }) => role),
        ["DatastoreReader", "DatastoreReader"],
      );
    }
  });

  it("share no login, neither with each other nor with who writes the backups", () => {
    assert.match(JSON.stringify(copyReaderProblems(settingsWith(["vault@pbs", "vault@pbs"]))), /named twice/);
    assert.match(JSON.stringify(copyReaderProblems(settingsWith(["tappaas@pbs"]))), /writes the backups/);
    assert.deepEqual(copyReaderProblems(settingsWith(["vault@pbs", "peer@pbs"])), []);
  });
});
