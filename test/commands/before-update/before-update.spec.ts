import { strict as assert } from "node:assert";

import { snapshotAlarms, snapshotsOfAll } from "../../../commands/before-update/alarms";
import { observationWith } from "../../estate/site";
import { beforeUpdate, removeUpdateSnapshot, type UpdateOrder } from "../../../commands/before-update";
import { keyFingerprint } from "../../../lab/pve/key-fingerprint";
import { parseToken } from "../../../provider/clients/login";
import { PveClient } from "../../../provider/clients/pve-client";
import { MemoryBackups } from "../../lab/support/memory-backups";
import { openPve, prefixOf, type PveSite } from "../../lab/support/pve-site";

const NOW = new Date("2026-11-26T10:15:00Z");
const raw = Buffer.alloc(32, 7);
const key = JSON.stringify({ kdf: null, data: raw.toString("base64"), fingerprint: keyFingerprint(raw) });

describe("a guest before an update", () => {
  const backups = new MemoryBackups("tappaas_backup", "right");
  let lab: PveSite;
  let pve: PveClient;

  before(async () => {
    lab = await openPve(prefixOf(83), backups.connect);
    const token = parseToken((lab.access.headers["authorization"] ?? "").replace("PVEAPIToken=", ""), "PVE");
    pve = new PveClient({ endpoint: lab.access.url, trust: { authority: lab.access.ca }, login: token });
    await lab.ask("POST /storage", {
      ...{ storage: "offsite", type: "pbs", server: "127.0.83.30", datastore: "tappaas_backup" },
      ...{ username: "pve@pbs!one", password: "right", "encryption-key": key },
    });
  });
  after(async () => {
    await pve.close();
    await lab.stop();
  });

  const order = (changes: Partial<UpdateOrder> = {}): UpdateOrder => {
    const how = { storage: "offsite", days: 7, now: NOW, dryRun: false, say: () => undefined };
    return { pve, guest: "identity", ...how, ...changes };
  };
  const names = async (): Promise<string[]> => {
    const { data } = await lab.ask("GET /nodes/tappaas1/qemu/140/snapshot");
    return (data as { name: string }[]).map(({ name }) => name).filter((name) => name !== "current");
  };
  const removal = (snapshot: string, dryRun = false) =>
    removeUpdateSnapshot({ pve, guest: "140", snapshot, dryRun, say: () => undefined });

  it("is only looked at by a dry run", async () => {
    const { by, made } = await beforeUpdate(order({ dryRun: true }));
    assert.deepEqual({ by, made, there: await names() }, { by: "snapshot", made: undefined, there: [] });
  });

  it("gets a snapshot that is there, and goes back to it byte for byte", async () => {
    const content = () => lab.site!.control.run("content", { node: "tappaas1", vmid: 140 });
    const was = await content();
    const { made = "", goBack } = await beforeUpdate(order());
    assert.deepEqual(await names(), [made]);
    assert.equal(goBack, `qm rollback 140 ${made}`);

    const written = { node: "tappaas1", vmid: 140, key: "scsi0", offset: 0, text: "an update that goes wrong" };
    await lab.site!.control.run("write-disk", written);
    assert.notDeepEqual(await content(), was);
    const { data } = await lab.ask(`POST /nodes/tappaas1/qemu/140/snapshot/${made}/rollback`);
    await pve.taskEnd("tappaas1", String(data), { interval: 20 });
    assert.deepEqual(await content(), was);
  });

  it("is told of snapshots whose day has passed, by a watch and when the next update is prepared", async () => {
    const later = new Date("2026-12-04T00:00:00Z");
    const guests = {
      complete: true,
      items: [{ vmid: 140, kind: "vm", node: "tappaas1", name: "identity", disks: [] }],
    };
    const seen = (snapshots?: true) =>
      observationWith({ guests: { ...guests, items: guests.items.map((one) => ({ ...one, snapshots })) } as never });
    const all = await snapshotsOfAll(pve, seen(true));
    const [alarm, ...others] = snapshotAlarms(all, later);
    assert.deepEqual(others, []);
    assert.match(alarm?.what ?? "", /^snapshot before-update-20261126-101500 of guest 140$/);
    assert.match(alarm?.text ?? "", /until 2026-12-03 .*make before-update GUEST=140 UPDATE_OPTIONS="--remove before/);
    assert.deepEqual(snapshotAlarms(all, NOW), []);
    assert.deepEqual((await beforeUpdate(order({ dryRun: true, now: later }))).overdue, await names());
    assert.deepEqual((await beforeUpdate(order({ dryRun: true }))).overdue, []);
  });

  it("loses a snapshot only by its name, only one of ours, and none in a dry run", async () => {
    const { data } = await lab.ask("POST /nodes/tappaas1/qemu/140/snapshot", { snapname: "mine", description: "keep" });
    await pve.taskEnd("tappaas1", String(data), { interval: 20 });
    const [own = ""] = await names();

    await assert.rejects(removal("mine"), /mine of identity was not taken by make before-update; nothing was removed/);
    await assert.rejects(
      removal("before-update-20200101-000000"),
      /is not there; nothing was removed\.\nCure: name one of/,
    );
    await removal(own, true);
    assert.deepEqual(await names(), [own, "mine"]);
    await removal(own);
    assert.deepEqual(await names(), ["mine"]);
  });

  it("gets a fresh backup where HA could not move it with a snapshot, and says why", async () => {
    await lab.ask("POST /cluster/ha/resources", { sid: "vm:140" });
    const { by, made = "", goBack, because } = await beforeUpdate(order());
    assert.equal(by, "backup");
    assert.match(
      because.join(),
      /HA keeps it running, and scsi0 on tanka1 is not replicated: with a snapshot it could not/,
    );
    assert.match(made, /^offsite:backup\/vm\/140\//);
    assert.match(goBack ?? "", /^restore --guest 140 --to <a free VMID> --node tappaas1 --before 2/);
    assert.deepEqual(await names(), ["mine"]);
    await assert.rejects(beforeUpdate(order({ by: "snapshot" })), /No snapshot of identity \(140\) is taken: HA keeps/);
  });

  it("is refused when it is not known", async () => {
    await assert.rejects(
      beforeUpdate(order({ guest: "idenity" })),
      /There is no guest "idenity" on the site: .*identity \(140\)/,
    );
  });
});
