import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { judge } from "../../planning/judgement";
import { modelOf } from "../../planning/site-model";
import { inventoryOf, lines, module, settingsWith } from "../estate/site";
import { declaredRegistrations } from "./declared";

const MODULES = [
  module("identity", { vmid: 140 }),
  module("wiki", { vmid: 620 }),
  module("scratch", { vmid: 630, backup: { enabled: false } }),
];

describe("a site without a backup server", () => {
  const settings = settingsWith({ backupServer: {} });

  function estate() {
    const found = estateOf({ inventory: inventoryOf(MODULES), settings });
    assert.ok(found.ok, lines(found).join());
    return found.value;
  }

  it("is told that nothing is backed up, and which guests wait for it", () => {
    const [finding] = estate().findings.filter(({ path }) => path === "backupServer");
    assert.match(finding?.advice ?? "", /NOTHING IS BACKED UP: identity, wiki wait for it; set backupServer\.address/);
  });

  it("has its pools and storages all the same, and nothing of a backup", async () => {
    const registrations = await declaredRegistrations(settings, estate(), "2026-11-20T04:00:00Z");
    const types = [...new Set(registrations.everything.map(({ type }) => type))];
    assert.ok(types.includes("proxmoxve:storage/zfspool:Zfspool"), types.join());
    assert.deepEqual(
      types.filter((type) => /:pbs:|BackupJob|PbsStorage|tappaas:backup/.test(type)),
      [],
    );
  });

  it("loses in its report what the loss of a pool takes, for there is no copy", () => {
    const { losses, services, order } = judge(modelOf(estate()), undefined);
    const pool = losses.find(({ id }) => id === "pool:tappaas1/tanka1");
    assert.deepEqual([...new Set(pool?.outcomes.map(({ verdict }) => verdict))], ["lost"]);
    assert.equal(order, null);
    assert.deepEqual([...new Set(services.map(({ digits }) => digits[0]?.found))], [1]);
  });

  it("is refused when one is to be made and has no address", () => {
    const made = settingsWith({ backupServer: { onNode: "tappaas1" } });
    assert.match(
      lines(estateOf({ inventory: inventoryOf(MODULES), settings: made })).join(),
      /backupServer\.address: expected the address/,
    );
  });
});
