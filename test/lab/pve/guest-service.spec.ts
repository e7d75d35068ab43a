import { strict as assert } from "node:assert";
import { setTimeout as wait } from "node:timers/promises";

import { openPve, ended, prefixOf, type PveSite } from "../support/pve-site";

describe("a service in a guest of the lab", () => {
  let pve: PveSite;

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(77));
  });
  after(async () => {
    if (process.env["PVE_URL"] === undefined) await pve.stop();
  });

  /** Exit code of a connection from inside of a guest. */
  async function connected(vmid: number, host: string, port: number): Promise<number | undefined> {
    const agent = `/nodes/tappaas1/qemu/${vmid}/agent`;
    const script = `(exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && exit 0; exit 1`;
    const order = { command: "/bin/bash", "input-data": script };
    const { data, status } = await pve.ask(`POST ${agent}/exec`, order);
    assert.equal(status, 200);
    for (;;) {
      const answer = await pve.ask(`GET ${agent}/exec-status`, { pid: (data as { pid: number }).pid });
      const { exited, exitcode } = answer.data as { exited: number; exitcode?: number };
      if (exited === 1) return exitcode;
      await wait(20);
    }
  }

  async function power(vmid: number, what: "start" | "stop"): Promise<void> {
    const { data } = await pve.ask(`POST /nodes/tappaas1/qemu/${vmid}/status/${what}`);
    assert.equal(await ended(pve.access, "tappaas1", data), "OK");
  }

  async function card(vmid: number, line: string): Promise<void> {
    assert.equal((await pve.ask(`PUT /nodes/tappaas1/qemu/${vmid}/config`, { net0: line })).status, 200);
  }

  it("answers at its port while what it needs answers, near and far", async () => {
    assert.equal(await connected(610, "127.0.0.1", 8222), 0);
    assert.equal(await connected(610, "127.0.0.1", 8223), 1);
    assert.equal(await connected(610, "10.0.0.140", 9000), 0);
    await power(110, "stop");
    assert.equal(await connected(140, "127.0.0.1", 9000), 1);
    assert.equal(await connected(610, "127.0.0.1", 8222), 1);
    await power(110, "start");
    assert.equal(await connected(610, "127.0.0.1", 8222), 0);
  });

  it("reaches nobody from a bridge without a cable but who is on it too", async () => {
    const [own, other] = ["virtio=BC:24:11:00:06:10", "virtio=BC:24:11:00:01:40"];
    await card(610, `${own},bridge=drill`);
    assert.equal(await connected(610, "10.0.0.140", 9000), 1);
    await card(140, `${other},bridge=drill`);
    assert.equal(await connected(140, "127.0.0.1", 9000), 1, "its firewall is elsewhere");
    await card(140, `${other},bridge=lan`);
    await card(610, `${own},bridge=lan,link_down=1`);
    assert.equal(await connected(610, "10.0.0.140", 9000), 1, "the cable is out");
    await card(610, `${own},bridge=lan`);
    assert.equal(await connected(610, "10.0.0.140", 9000), 0);
  });

  it("says at which address it is, and has no agent's shell where there is nothing to run", async () => {
    const { data } = await pve.ask("GET /nodes/tappaas1/qemu/140/agent/network-get-interfaces");
    assert.match(JSON.stringify(data), /"ip-address":"10\.0\.0\.140"/);
    const { status } = await pve.ask("POST /nodes/tappaas1/qemu/130/agent/exec", { command: "/bin/true" });
    assert.equal(status, 500);
  });
});
