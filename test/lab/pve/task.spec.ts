import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";

import { accessTo, ended, newStateDirectory, startPveSite, prefixOf } from "../support/pve-site";
import { ask } from "../support/pve-client";
import { mayDestroy, openPve, type PveSite } from "../support/pve-site";

// Sources: observed on PVE 9.2; pve-manager, PVE/API2/Tasks.pm; pve-common, src/PVE/Tools.pm.
describe("PVE tasks @destructive", () => {
  let pve: PveSite;

  before(async function () {
    if (!mayDestroy()) this.skip();
    pve = await openPve(prefixOf(66));
  });
  after(async () => {
    if (mayDestroy()) await pve.stop();
  });

  it("are seen running without an exit status, then stopped with one, and keep their log", async function () {
    if (pve.site === undefined) this.skip();
    const { data: upid } = await pve.ask("POST /nodes/tappaas1/qemu/610/status/stop");
    const path = `/nodes/tappaas1/tasks/${encodeURIComponent(String(upid))}`;
    const running = (await pve.ask(`GET ${path}/status`)).data as Record<string, unknown>;
    assert.deepEqual([running["status"], "exitstatus" in running], ["running", false]);
    assert.equal(running["tokenid"], "lab");

    assert.equal(await ended(pve.access, "tappaas1", upid), "OK");
    assert.deepEqual((await pve.ask(`GET ${path}/log`)).data, [{ n: 1, t: "TASK OK" }]);
    const { data } = await pve.ask("GET /nodes/tappaas1/qemu/610/status/current");
    assert.equal((data as { status: string }).status, "stopped");
  });

  it("are found with the exclamation mark of a token percent-encoded", async () => {
    const { data } = await pve.ask(`GET /nodes/${pve.node}/tasks`, { limit: 1 });
    const [{ upid }] = data as [{ upid: string }];
    const { status } = await pve.ask(`GET /nodes/${pve.node}/tasks/${upid.replaceAll("!", "%21")}/status`);
    assert.equal(status, 200);
  });

  it("are refused with 400 when the identifier cannot be read", async () => {
    const { status, errors } = await pve.ask(`GET /nodes/${pve.node}/tasks/nonsense/status`);
    assert.deepEqual([status, errors], [400, { upid: "unable to parse worker upid 'nonsense'" }]);
  });

  it("that ran when their node died are stopped with an error after its restart", async function () {
    if (pve.site === undefined) this.skip();
    const state = newStateDirectory();
    const first = await startPveSite(state, prefixOf(67));
    const { data: upid } = await ask(accessTo(first, "tappaas1"), "POST /nodes/tappaas1/qemu/610/status/stop");
    await first.stop();

    // The process of the first lab is this one: what its task would still write must not count.
    const second = await startPveSite(state, prefixOf(67));
    const status = await ended(accessTo(second, "tappaas1"), "tappaas1", upid);
    await second.stop();
    rmSync(state, { recursive: true });
    assert.equal(status, "unexpected status");
  });
});
