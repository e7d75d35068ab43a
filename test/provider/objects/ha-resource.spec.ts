import { strict as assert } from "node:assert";

import { haResource } from "../../../provider/objects/ha-resource";
import { create, diff, read, remove, update } from "../../../provider/objects/life-cycle";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { guest: "vm:140", maxRestart: 1, maxRelocate: 1, failback: true, comment: "identity" };
const LIVING = { sid: "vm:140", state: "started", max_restart: 1, max_relocate: 1, failback: 1, comment: "identity" };
const SEEN = { ...WANTED, adopted: false };

describe("A guest under HA", () => {
  const own = eachOnItsOwnSite();

  it("is kept running from then on", async () => {
    const { outputs } = await create(haResource, own.at.site, known(WANTED), false);
    assert.deepEqual(outputs, SEEN);
    assert.equal(own.at.pve.ha.resources[0]?.["state"], "started");
  });

  it("that a person stopped is not started by being taken up, and its owner is told", async () => {
    await create(haResource, own.at.site, known({ guest: "vm:610" }), false);
    assert.equal(own.at.pve.ha.resources[0]?.["state"], "stopped");
    assert.match(own.at.told.join("\n"), /not running, so HA keeps it stopped until a person starts it/);
  });

  it("that a person stopped later is not started by any later run", async () => {
    own.at.pve.ha.resources.push({ ...LIVING, state: "stopped" });
    const { outputs } = await create(haResource, own.at.site, known(WANTED), false);
    assert.deepEqual([outputs["adopted"], own.at.writes], [true, []]);
    await update(haResource, own.at.site, { ...SEEN, adopted: true }, known({ ...WANTED, maxRestart: 2 }), false);
    assert.equal(own.at.pve.ha.resources[0]?.["state"], "stopped");
    assert.deepEqual(diff(haResource, SEEN, known(WANTED)), []);
  });

  it("is adopted as TAPPaaS' scripts made it, with nothing but its name", async () => {
    own.at.pve.ha.resources.push({ sid: "vm:140", state: "started" });
    const { guest } = WANTED;
    await create(haResource, own.at.site, known({ guest, maxRestart: 1, maxRelocate: 1, failback: true }), false);
    assert.deepEqual(own.at.writes, []);
  });

  it("keeps whatever the program is silent about", async () => {
    own.at.pve.ha.resources.push({ ...LIVING, max_restart: 5, failback: 0, comment: "mine" });
    const { outputs } = await create(haResource, own.at.site, known({ guest: "vm:140" }), false);
    assert.deepEqual([outputs, own.at.writes], [{ guest: "vm:140", adopted: true }, []]);
  });

  it("that somebody set up otherwise is refused with the difference, and changed when its owner lists it", async () => {
    own.at.pve.ha.resources.push({ ...LIVING, failback: 0 });
    await assert.rejects(create(haResource, own.at.site, known(WANTED), true), /failback: the site has false/);
    own.at.adoptions.push("pve:HaResource/vm:140");
    await create(haResource, own.at.site, known(WANTED), false);
    assert.equal(own.at.pve.ha.resources[0]?.["failback"], "1");
  });

  it("that does not exist is not declared, and the cure is said", async () => {
    const absent = create(haResource, own.at.site, known({ guest: "vm:999" }), false);
    await assert.rejects(absent, /expected a guest 999 on the site.*Install or restore it first/);
  });

  it("is let go without being taken out of rules, which PVE would do by itself", async () => {
    own.at.pve.ha.resources.push(LIVING);
    await remove(haResource, own.at.site, SEEN);
    assert.deepEqual(own.at.pve.ha.removals, [{ purge: "0", sid: "vm:140" }]);
  });

  it("stays in the state while a right hides it", async () => {
    own.at.pve.privileges = () => ({});
    await assert.rejects(read(haResource, own.at.site, "vm:140", SEEN), /Sys\.Audit/);
  });
});
