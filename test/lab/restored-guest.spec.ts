import { strict as assert } from "node:assert";

import * as z from "zod";

import { keyFingerprint } from "../../lab/pve/key-fingerprint";
import { PveClient } from "../../provider/clients/pve-client";
import { guestStart } from "../../provider/objects/guest-start";
import { create, read, remove } from "../../provider/objects/life-cycle";
import { restoredGuest } from "../../provider/objects/restored-guest";
import { pvePrivileges, REBUILD_PRIVILEGES } from "../../provider/rights/pve-rights";
import { known, TestSite } from "../provider/support/test-site";
import { MemoryBackups } from "./support/memory-backups";
import { ended, openPve, prefixOf, type PveSite } from "./support/pve-site";

const raw = Buffer.alloc(32, 7);
const key = JSON.stringify({ kdf: null, data: raw.toString("base64"), fingerprint: keyFingerprint(raw) });
const LOGIN = "rebuild@pve!up";

interface Content {
  readonly config: Record<string, string>;
  readonly disks: Record<string, { sha256: string }>;
}

describe("a guest that is restored by the program", () => {
  const backups = new MemoryBackups("main", "right");
  let pve: PveSite;
  let client: PveClient;
  const own = new TestSite();

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(74), backups.connect);
    const server = { server: "127.0.64.30", datastore: "main", username: "pve@pbs!one", password: "right" };
    await pve.ask("POST /storage", { storage: "main", type: "pbs", ...server, "encryption-key": key });
    await pve.ask("PUT /nodes/tappaas1/qemu/140/config", { onboot: 1 });
    const dumped = await pve.ask("POST /nodes/tappaas1/vzdump", { vmid: "140,312", storage: "main" });
    assert.equal(await finish(dumped.data), "OK");
    await pve.ask("POST /access/users", { userid: "rebuild@pve" });
    await grant(REBUILD_PRIVILEGES);
    const { data } = await pve.ask("POST /access/users/rebuild@pve/token/up", { privsep: 0 });
    const login = { tokenId: LOGIN, secret: (data as { value: string }).value };
    client = new PveClient({ endpoint: pve.access.url, trust: { authority: pve.access.ca }, login }, [1, 1]);
  });
  after(async () => {
    if (process.env["PVE_URL"] !== undefined) return;
    await client.close();
    await pve.stop();
  });

  async function grant(more: readonly string[]): Promise<void> {
    const privs = [...pvePrivileges("apply"), ...more].join(" ");
    const { status } = await pve.ask("POST /access/roles", { roleid: "Rebuild", privs });
    if (status !== 200) await pve.ask("PUT /access/roles/Rebuild", { privs });
    await pve.ask("PUT /access/acl", { path: "/", roles: "Rebuild", users: "rebuild@pve" });
  }

  const finish = (upid: unknown): Promise<string> => ended(pve.access, "tappaas1", upid);
  const site = () => own.siteOver(client, undefined as never);
  const content = async (vmid: number): Promise<Content> =>
    (await pve.site!.control.run("content", { node: "tappaas1", vmid })) as Content;
  const isThere = async (vmid: number): Promise<boolean> => {
    const { data } = await pve.ask("GET /cluster/resources", { type: "vm" });
    return (data as { vmid: number }[]).some((guest) => guest.vmid === vmid);
  };
  const archiveOf = async (vmid: number): Promise<string> => {
    const { data } = await pve.ask("GET /nodes/tappaas1/storage/main/content", { content: "backup" });
    return (data as { volid: string; vmid: number }[]).find((one) => one.vmid === vmid)!.volid;
  };
  const order = async (guest: string, of = 140) => ({
    ...{ guest, archive: await archiveOf(of), node: "tappaas1", storage: "tanka1", login: LOGIN },
    freeSince: new Date(pve.site!.clock.seconds() * 1000).toISOString(),
  });
  const destroyed = async (vmid: number) => {
    await finish((await pve.ask(`DELETE /nodes/tappaas1/qemu/${vmid}`)).data);
  };
  const restoreTasks = async (vmid: number) => {
    const { data } = await pve.ask("GET /nodes/tappaas1/tasks", { vmid, source: "all" });
    return (data as { type: string }[]).filter(({ type }) => type.endsWith("restore")).length;
  };

  it("comes back byte for byte, off, and starts with its node only once it was started", async () => {
    const wanted = await order("vm:9140");
    const { outputs } = await create(restoredGuest, site(), known(wanted), false);
    assert.match(String(outputs["upid"]), /:qmrestore:9140:rebuild@pve!up:$/);
    const sums = ({ disks }: Content) => Object.values(disks).map(({ sha256 }) => sha256);
    assert.deepEqual(sums(await content(9140)), sums(await content(140)));
    assert.deepEqual([outputs["startsWithNode"], (await content(9140)).config["onboot"]], [true, "0"]);

    await create(guestStart, site(), known({ guest: "vm:9140", startsWithNode: true, limit: "1 minute" }), false);
    assert.equal((await content(9140)).config["onboot"], "1");
    const seen = await read(restoredGuest, site(), "vm:9140", outputs);
    assert.deepEqual(seen?.outputs, outputs);
  });

  it("is left alone when the program forgets it", async () => {
    await remove(restoredGuest, site(), { ...(await order("vm:9140")), adopted: false });
    assert.ok(await isThere(9140));
  });

  it("comes back as a container, too", async () => {
    await create(restoredGuest, site(), known(await order("ct:9312", 312)), false);
    assert.ok(await isThere(9312));
  });

  it("is taken up by its task, and not restored twice, when the run was killed after the restore", async () => {
    const wanted = await order("vm:9141");
    const { archive, storage } = wanted;
    const begun = await client.ask(z.string(), {
      method: "POST",
      path: "/nodes/tappaas1/qemu",
      parameters: { vmid: 9141, archive, storage },
    });
    const { outputs } = await create(restoredGuest, site(), known(wanted), false);
    assert.deepEqual([outputs["upid"], await restoreTasks(9141)], [begun, 1]);
    await create(restoredGuest, site(), known(wanted), false);
    assert.equal(await restoreTasks(9141), 1);
  });

  it("is refused by name, in a preview already, when somebody else's guest has its number", async () => {
    const wanted = await order("vm:310");
    const made = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 310, name: "theirs" });
    assert.equal(await finish(made.data), "OK");
    for (const preview of [true, false]) {
      await assert.rejects(
        create(restoredGuest, site(), known(wanted), preview),
        /theirs \(310\) is there, and qmcreate by root@pam!lab at .* may have made it\. Nothing was touched/,
      );
    }
    assert.equal((await content(310)).config["name"], "theirs");
  });

  it("is refused when its snapshot is gone", async () => {
    const wanted = { ...(await order("vm:9142")), archive: "main:backup/vm/140/2020-01-01T00:00:00Z" };
    await assert.rejects(create(restoredGuest, site(), known(wanted), true), /is not there any more/);
    assert.equal(await isThere(9142), false);
  });

  it("is refused, and nothing begun, when its storage carries another key", async () => {
    const wanted = await order("vm:9143");
    const other = Buffer.alloc(32, 8);
    const wrong = JSON.stringify({ kdf: null, data: other.toString("base64"), fingerprint: keyFingerprint(other) });
    await pve.ask("PUT /storage/main", { "encryption-key": wrong });
    await assert.rejects(create(restoredGuest, site(), known(wanted), true), /was encrypted with the key/);
    await pve.ask("PUT /storage/main", { "encryption-key": key });
    assert.equal(await isThere(9143), false);
  });

  it("is redone after a restore that failed, whose remains were never started", async () => {
    const wanted = await order("vm:9144");
    await pve.ask("PUT /storage/main", { password: "wrong" });
    const begun = await client.ask(z.string(), {
      method: "POST",
      path: "/nodes/tappaas1/qemu",
      parameters: { vmid: 9144, archive: wanted.archive, storage: "tanka1" },
    });
    assert.notEqual(await finish(begun), "OK");
    await pve.ask("PUT /storage/main", { password: "right" });
    assert.ok(await isThere(9144));
    await create(restoredGuest, site(), known(wanted), false);
    assert.match(own.told.join("\n"), /what it left, never started, is taken away/);
    assert.ok(Object.keys((await content(9144)).disks).length > 0);
  });

  it("is not redone over remains that somebody has started", async () => {
    const wanted = await order("vm:9145");
    await pve.ask("PUT /storage/main", { password: "wrong" });
    await assert.rejects(create(restoredGuest, site(), known({ ...wanted }), false), /was not restored|401/);
    await pve.ask("PUT /storage/main", { password: "right" });
    if (!(await isThere(9145))) {
      const made = await pve.ask("POST /nodes/tappaas1/qemu", { vmid: 9145 });
      await finish(made.data);
    }
    await finish((await pve.ask("POST /nodes/tappaas1/qemu/9145/status/start")).data);
    await finish((await pve.ask("POST /nodes/tappaas1/qemu/9145/status/stop")).data);
    await assert.rejects(create(restoredGuest, site(), known(wanted), false), /Nothing was touched/);
    assert.ok(await isThere(9145));
    await destroyed(9145);
  });

  for (const privilege of REBUILD_PRIVILEGES) {
    it(`needs ${privilege}, and without it nothing comes of it`, async () => {
      await grant(REBUILD_PRIVILEGES.filter((name) => name !== privilege));
      const wanted = await order("vm:9146");
      const start = { guest: "vm:9146", startsWithNode: true, limit: "1 minute" };
      await assert.rejects(async () => {
        await create(restoredGuest, site(), known(wanted), false);
        await create(guestStart, site(), known(start), false);
      });
      await grant(REBUILD_PRIVILEGES);
      if (await isThere(9146)) await destroyed(9146);
    });
  }
});
