import { strict as assert } from "node:assert";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";

import { askLab } from "../../../lab/core/control";
import { StateDirectory } from "../../../lab/core/state";
import { accessTo, newStateDirectory, openPve, type PveSite, startPveSite, prefixOf } from "../support/pve-site";
import { ask } from "../support/pve-client";

describe("a lab", () => {
  let pve: PveSite;

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(69));
  });
  after(async () => {
    if (process.env["PVE_URL"] === undefined) await pve.stop();
  });

  it("never listens anywhere but on loopback", async () => {
    await assert.rejects(startPveSite("never-made", "10.0.0"), /Expected a loopback prefix/);
  });

  it("shows logins in a sheet that only its owner can read, and nowhere else", async () => {
    const sheet = pve.site!.state.path("sheet.json");
    assert.equal(statSync(sheet).mode & 0o777, 0o600);
    const { password } = pve.site!.sheet.content.nodes["tappaas1"]!.logins["root@pam"];
    await ask({ ...pve.access, headers: {} }, "POST /access/ticket", { username: "root@pam", password });
    const told = JSON.stringify([await pve.site!.control.run("status"), pve.site!.events.all()]);
    assert.ok(!told.includes(password));
  });

  it("keeps everything through a restart: certificates, logins, objects, contents", async () => {
    const state = newStateDirectory();
    const first = await startPveSite(state, prefixOf(70));
    await ask(accessTo(first, "tappaas1"), "POST /cluster/backup", { id: "kept", schedule: "21:00", vmid: 110 });
    await first.control.run("write-disk", { node: "tappaas1", vmid: 110, key: "scsi0", offset: 0, text: "changed" });
    const before = await first.control.run("image");
    await first.stop();

    const second = await startPveSite(state, prefixOf(70));
    const access = accessTo(first, "tappaas1");
    assert.equal((await ask(access, "GET /cluster/backup/kept")).status, 200);
    assert.deepEqual(await second.control.run("image"), before);
    await second.stop();
    rmSync(state, { recursive: true });
  });

  it("refuses to start twice on one state, and the first goes on undisturbed", async () => {
    const before = await pve.site!.control.run("image");
    await assert.rejects(startPveSite(pve.site!.state.root, prefixOf(72)), /A lab runs already on/);
    assert.deepEqual(await pve.site!.control.run("image"), before);
    await askLab(pve.site!.control.socketPath, "status");
    assert.ok(statSync(pve.site!.state.path("sheet.json")));
  });

  it("takes over the socket of a lab that was killed", async () => {
    const state = newStateDirectory();
    const first = await startPveSite(state, prefixOf(73));
    await first.stop();
    writeFileSync(join(state, "control.sock"), "");
    const second = await startPveSite(state, prefixOf(73));
    assert.ok(await askLab(second.control.socketPath, "status"));
    await second.stop();
    rmSync(state, { recursive: true });
  });

  it("makes the same guests every time, and different ones differ", async () => {
    const read = async (node: string, vmid: number) =>
      ((await pve.site!.control.run("content", { node, vmid })) as { disks: { scsi0: { sha256: string } } }).disks
        .scsi0;
    const first = await read("tappaas1", 130);
    assert.notDeepEqual(first, await read("tappaas1", 140));

    const state = newStateDirectory();
    const again = await startPveSite(state, prefixOf(71));
    const { disks } = (await again.control.run("content", { node: "tappaas1", vmid: 130 })) as {
      disks: { scsi0: object };
    };
    await again.stop();
    rmSync(state, { recursive: true });
    assert.deepEqual(disks.scsi0, first);
  });

  it("goes by the clock that a test sets", async () => {
    const moment = Date.UTC(2027, 5, 1, 12);
    await askLab(pve.site!.control.socketPath, "clock", { set: moment, frozen: true });
    assert.equal(pve.site!.clock.now(), moment);
    await askLab(pve.site!.control.socketPath, "clock", { set: "2027-06-02T00:00:00Z" });
    assert.ok(pve.site!.clock.now() - Date.UTC(2027, 5, 2) < 5000);
  });

  it("answers a command that it does not know with those that it knows", async () => {
    await assert.rejects(
      askLab(pve.site!.control.socketPath, "explode"),
      /Unknown command "explode"; known: .*content/,
    );
  });

  it("cuts the connection after the work when told to, once", async () => {
    const job = { id: "cut", schedule: "21:00", vmid: 110 };
    const fault = { machine: "tappaas1", operation: "POST /cluster/backup", kind: "cut-after-work" };
    await pve.site!.control.run("fault", fault);
    await assert.rejects(pve.ask("POST /cluster/backup", job));
    assert.equal((await pve.ask("GET /cluster/backup/cut")).status, 200);
    const again = await pve.ask("POST /cluster/backup", job);
    assert.equal(again.reason, "Job 'cut' already exists");
  });

  it("cuts the connection before the work when told to, and then nothing was done", async () => {
    const fault = { machine: "tappaas1", operation: "POST /cluster/backup", kind: "cut-before-work" };
    await pve.site!.control.run("fault", fault);
    await assert.rejects(pve.ask("POST /cluster/backup", { id: "lost", schedule: "21:00", vmid: 110 }));
    assert.equal((await pve.ask("GET /cluster/backup/lost")).status, 400);
  });

  it("answers 500 as often as told, to that operation of that machine only", async () => {
    const fault = { machine: "tappaas1", operation: "GET /version", kind: "status-500", times: 2 };
    await pve.site!.control.run("fault", fault);
    assert.equal((await ask(accessTo(pve.site!, "spare"), "GET /version")).status, 200);
    const answers = [await pve.ask("GET /version"), await pve.ask("GET /version"), await pve.ask("GET /version")];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [500, 500, 200],
    );
  });

  it("shows certificates that a client accepts by the site's CA alone, TLS 1.3", async () => {
    const { ca, url } = pve.access;
    const host = new URL(url).hostname;
    const protocol = await new Promise<string | null>((resolve, reject) => {
      const socket = connect({ host, port: 8006, ca, minVersion: "TLSv1.3" }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on("error", reject);
    });
    assert.equal(protocol, "TLSv1.3");
    await assert.rejects(
      new Promise((resolve, reject) => {
        const socket = connect({ host, port: 8006 }, () => {
          resolve(undefined);
        });
        socket.on("error", reject);
      }),
    );
  });
});

describe("the lab's state", () => {
  it("is untouched when a change fails half way", () => {
    const state = new StateDirectory(newStateDirectory());
    const document = state.document("things", () => ({ things: ["one"] }));
    assert.throws(() => {
      document.change((draft) => {
        draft.things.push("two");
        throw new Error("half way");
      });
    });
    assert.deepEqual(document.value, { things: ["one"] });
    const reread = new StateDirectory(state.root).document("things", () => ({ things: [] as string[] }));
    assert.deepEqual(reread.value, { things: ["one"] });
    rmSync(state.root, { recursive: true });
  });

  it("is erased only where there is a lab's state", () => {
    const root = newStateDirectory();
    writeFileSync(join(root, "thesis.txt"), "the only copy");
    assert.throws(() => {
      StateDirectory.erase(root);
    }, /found no site.json; left as it is/);
    assert.ok(statSync(join(root, "thesis.txt")));
    rmSync(root, { recursive: true });
  });
});
