import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { serverMemoryFor } from "../../estate/units/server-memory";
import { identity, inventoryOf, lines, module, observationWith, settingsWith } from "./site";

const machine = {
  node: "tappaas1",
  vmid: 131,
  dataVmid: 132,
  systemStorage: "tanka1",
  dataStorage: "tankb1",
  dataSize: "2 TiB",
  gateway: "10.0.0.1",
  image: { url: "https://example.org/debian-13.qcow2", sha512: "ab".repeat(64) },
  timeZone: "Europe/Amsterdam",
};
const pool = (name: string) => ({ node: "tappaas1", name, raidlevel: "mirror", disks: ["ata-one", "ata-two"] });
const seenGuest = (vmid: number, name = vmid === 132 ? "backup-data-132" : `backup-${vmid}`) => ({
  vmid,
  kind: "vm" as const,
  node: "tappaas1",
  name,
  disks: [],
});

function estateWith(backupServer: Record<string, unknown>, observation = observationWith()) {
  const inventory = inventoryOf([module("identity", identity)]);
  const pools = [pool("tanka1"), { ...pool("tankb1"), disks: ["ata-three", "ata-four"] }];
  return estateOf({ inventory, settings: settingsWith({ backupServer, pools }), observation });
}

describe("a backup server that the program makes", () => {
  const made = { address: "10.0.0.12", machine };

  it("keeps its datastore on its data disk, below the same directory always", () => {
    const { backupServer } = valueOf(estateWith(made), "estate");
    assert.equal(backupServer.path, "/mnt/tappaas-backup/tappaas_backup");
    assert.deepEqual([backupServer.machine?.cores, backupServer.machine?.bridge], [2, "vmbr0"]);
  });

  it("is in no backup of its own, and nobody is asked to decide about its machines", () => {
    const seen = observationWith({ guests: { complete: true, items: [seenGuest(131), seenGuest(132)] } });
    const estate = valueOf(estateWith(made, seen), "estate");
    assert.deepEqual(
      estate.backup.guests.map(({ vmid }) => vmid),
      [140],
    );
    const stranger = observationWith({ guests: { complete: true, items: [seenGuest(133)] } });
    assert.match(lines(estateWith(made, stranger)).join(), /guest .*133.*expected a decision/);
  });

  it("is not made where PVE has another guest under one of its numbers, which is named", () => {
    const seen = (...items: object[]) =>
      lines(
        estateWith(
          made,
          observationWith({ guests: { complete: false, items: items as ReturnType<typeof seenGuest>[] } }),
        ),
      ).join();
    assert.match(
      seen(seenGuest(131, "webshop")),
      /machine\.vmid: expected a number that is free, or our own machine, got the virtual machine "webshop" on tappaas1, which is not ours; take a free number/,
    );
    assert.match(seen(seenGuest(131), seenGuest(132, "webshop")), /machine\.dataVmid: .*"webshop" on tappaas1/);
    assert.match(seen({ ...seenGuest(131), kind: "ct" }), /machine\.vmid: .*the container "backup-131" on tappaas1/);
    assert.equal(seen(seenGuest(131), seenGuest(132)), "");
  });

  it("is refused with every reason at once, before anything is made", () => {
    const wrong = { ...machine, node: "other", vmid: 140, memory: "4 GiB" };
    const problems = lines(estateWith({ address: "backup.internal", fingerprint: "0e".repeat(32), machine: wrong }));
    for (const reason of [
      /machine\.node: expected one of tappaas1/,
      /machine\.vmid: expected a machine of its own, got that of identity/,
      /backupServer\.address: expected an IPv4 address/,
      /backupServer\.fingerprint: expected none/,
      /machine\.memory: expected at least "6 GiB" for a data disk of "2 TiB", got "4 GiB"/,
    ])
      assert.ok(
        problems.some((problem) => reason.test(problem)),
        String(reason),
      );
  });

  it("has the nodes' time zone, for in two zones pruning may run into the backup", () => {
    const node = { name: "tappaas1", online: true, timeZone: "Europe/Oslo" };
    const observation = { ...observationWith(), nodes: { complete: true, items: [node] } };
    assert.match(
      lines(estateWith(made, observation)).join(),
      /timeZone: expected the time zone of tappaas1, "Europe\/Oslo"/,
    );
  });

  it("has 4 GiB of memory and 1 GiB for each TiB begun", () => {
    assert.deepEqual(
      [serverMemoryFor("1 GiB"), serverMemoryFor("1 TiB"), serverMemoryFor("1025 GiB")],
      ["5 GiB", "5 GiB", "6 GiB"],
    );
  });
});

describe("a datastore on the disks that it protects", () => {
  const findings = (backupServer: Record<string, unknown>) =>
    valueOf(estateWith(backupServer), "estate").findings.filter(({ path }) => path === "datastore tappaas_backup");

  it("is said, and counts as no copy", () => {
    const [finding] = findings({ address: "10.0.0.12", machine: { ...machine, dataStorage: "tanka1" } });
    assert.match(finding?.advice ?? "", /lies on tanka1 of tappaas1, where guests live.*counts as no copy/);
    assert.equal(findings({ address: "10.0.0.10", datastore: { path: "/tanka1/tappaas_backup" } }).length, 1);
  });

  it("is not said of disks of its own", () => {
    assert.deepEqual(findings({ address: "10.0.0.12", machine }), []);
    assert.deepEqual(findings({ address: "10.0.0.10" }), []);
  });
});
