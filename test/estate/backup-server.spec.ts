import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { serverMemoryFor } from "../../estate/units/server-memory";
import { type Observation } from "../../estate/observation";
import { identity, inventoryOf, lines, module, observationWith, settingsWith, threeNodes } from "./site";
import { seenSite, THREE_NODES } from "./three-node-site";

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

  it("has its own configuration kept by the node, in a group that outlives the machine", () => {
    const { configuredGuests } = valueOf(estateWith(made), "estate").backup;
    assert.deepEqual(configuredGuests, [{ vmid: 131, name: "backup-server", directories: ["/etc/proxmox-backup"] }]);
  });

  it("is in no backup of its own, and nobody is asked to decide about its machines", () => {
    const seen = observationWith({ guests: { complete: true, items: [seenGuest(131), seenGuest(132)] } });
    const estate = valueOf(estateWith(made, seen), "estate");
    assert.deepEqual(
      estate.backup.guests.map(({ vmid }) => vmid),
      [140],
    );
    const stranger = observationWith({ guests: { complete: true, items: [seenGuest(133, "webshop")] } });
    assert.match(lines(estateWith(made, stranger)).join(), /guest .*133.*expected a decision/);
  });

  it("tells of the one before it, which has the data disk still, and asks no decision about it", () => {
    const items = [seenGuest(131), seenGuest(132), seenGuest(121)];
    const { findings } = valueOf(estateWith(made, observationWith({ guests: { complete: true, items } })), "estate");
    const former = findings.filter(({ path }) => /^guest vm:1[23]\d/.test(path));
    assert.deepEqual(
      former.map(({ path }) => path),
      ["guest vm:121"],
    );
    assert.match(former[0]?.advice ?? "", /was here before: .* must not be started.*detach scsi1 first/);
    const stranger = observationWith({ guests: { complete: true, items: [seenGuest(121, "backup-12")] } });
    assert.match(lines(estateWith(made, stranger)).join(), /guest vm:121 "backup-12": expected a decision/);
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

describe("a backup server on a node itself", () => {
  const GIB = 1024 ** 3;
  const three = (
    backupServer: Record<string, unknown>,
    observation = seenSite(),
    more: Record<string, unknown> = {},
  ) => {
    const home = module("identity", { ...identity, node: "tappaas1" });
    const settings = settingsWith({ ...THREE_NODES, backupServer, ...more });
    return estateOf({ inventory: inventoryOf([home], threeNodes), settings, observation: without(observation, 610) });
  };
  const adviceAt = (place: string, ...args: Parameters<typeof three>) =>
    valueOf(three(...args), "estate")
      .findings.filter(({ path }) => path === place)
      .map(({ advice }) => advice);

  it("stands where the settings say, whatever its name in the network", () => {
    const { backupServer } = valueOf(three({ address: "backup.mgmt.internal", onNode: "tappaas3" }), "estate");
    assert.deepEqual([backupServer.node, backupServer.path], ["tappaas3", "/tankc1/tappaas_backup"]);
  });

  it("is refused on a node that is none, beside a machine of ours, and at another port", () => {
    const problems = lines(three({ address: "10.0.0.12", onNode: "tappaas4", port: 8008, machine })).join();
    assert.match(problems, /backupServer\.onNode: expected one of tappaas1, tappaas2, tappaas3, got "tappaas4"/);
    assert.match(problems, /backupServer\.onNode: expected none beside backupServer\.machine/);
    assert.match(problems, /backupServer\.port: expected 8007/);
  });

  it("is said where it stands on a node whose guests it backs up, while another node has none", () => {
    const told = adviceAt("node tappaas1", { address: "10.0.0.10" }).join();
    assert.match(told, /stands on a node whose guests it backs up, and tappaas[23].* has no guest of its own/);
    assert.match(told, /runs here, and so do, or may, identity: with this node their backups are lost too/);
    assert.doesNotMatch(
      adviceAt("node tappaas3", { address: "10.0.0.12", onNode: "tappaas3" }).join(),
      /no guest of its own/,
    );
  });

  it("says of pools of the same name only what is true on its node", () => {
    const path = "/tanka1/tappaas_backup";
    const at = (onNode: string) =>
      adviceAt("datastore tappaas_backup", { address: "10.0.0.12", onNode, datastore: { path } });
    assert.match(at("tappaas1").join(), /lies on tanka1 of tappaas1, where guests live.*counts as no copy/);
    assert.deepEqual(at("tappaas3"), []);
  });

  it("is said where its node has too little memory for its pool beside the guests", () => {
    const path = "/tanka1/tappaas_backup";
    const nodes = (memory: number, timeZone = "Europe/Amsterdam") => ({
      complete: true,
      items: ["tappaas1", "tappaas2", "tappaas3"].map((name) => ({
        name,
        online: true,
        memory,
        timeZone: name === "tappaas3" ? timeZone : "Europe/Amsterdam",
      })),
    });
    const server = { address: "10.0.0.12", onNode: "tappaas3", datastore: { path } };
    const at = (seen: ReturnType<typeof nodes>) => adviceAt("node tappaas3", server, seenSite({ nodes: seen })).join();
    assert.match(at(nodes(4 * GIB)), /wants 5 GiB of memory for tanka1, and beside its guests the node has 4 of 4 GiB/);
    assert.doesNotMatch(at(nodes(5 * GIB)), /wants/);
    assert.match(
      at(nodes(64 * GIB, "Europe/Oslo")),
      /its time zone is Europe\/Oslo, that of tappaas1 Europe\/Amsterdam/,
    );
    assert.doesNotMatch(at(nodes(64 * GIB)), /time zone/);
  });
});

function without(observation: Observation, vmid: number): Observation {
  const items = observation.guests.items.filter((guest) => guest.vmid !== vmid);
  return { ...observation, guests: { ...observation.guests, items } };
}
