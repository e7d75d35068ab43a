import { strict as assert } from "node:assert";

import { exposureLines } from "../../../planning/host/exposure";
import { hostProblems, type ComingGuest } from "../../../planning/host/host-problems";
import { type HostGuest, type HostSeen } from "../../../planning/host/host-seen";
import { movedGuest } from "../../../planning/host/moved-guest";
import { cardsOf } from "../../../planning/host/network-card";
import { drHostSettings } from "./settings";

const GIB = 1024 ** 3;

function guestOf(vmid: number, net0: string, changes: Partial<HostGuest> = {}): HostGuest {
  return {
    vmid,
    name: `oak-${vmid}`,
    node: "oak1",
    memory: 2 * GIB,
    counts: true,
    cards: cardsOf({ net0 }),
    ...changes,
  };
}

const oak: HostSeen = {
  ...{ node: "oak1", at: new Date("2026-11-27T08:00:00Z"), threads: 8, memory: 16 * GIB },
  interfaces: [
    { name: "lan", isBridge: true, vlanAware: true, hasPorts: true, hasAddress: true },
    { name: "wan", isBridge: true, vlanAware: false, hasPorts: true, hasAddress: false },
    { name: "dr0", isBridge: true, vlanAware: true, hasPorts: false, hasAddress: false },
  ],
  guests: [
    guestOf(110, "virtio=BC:24:11:0A:01:10,bridge=lan"),
    guestOf(140, "virtio=BC:24:11:0A:01:40,bridge=lan,tag=610"),
  ],
  volumes: new Map(),
  storages: [{ storage: "tanka1", free: 100 * GIB }],
  jobs: [],
};

const LINES = {
  ...{ cores: "2", memory: "4096", scsi0: "tanka1:vm-140-disk-0" },
  net0: "virtio=BC:24:11:00:01:40,bridge=lan,tag=210",
};

function coming(changes: object, lines: object): ComingGuest {
  const guest = { vmid: 140, kind: "vm" as const, name: "identity", lines: { ...LINES, ...lines } };
  const moved = movedGuest(guest, drHostSettings(changes), () => "BC:24:11:0A:0B:0C");
  return { ...moved, bytes: 32 * GIB, onStorages: [moved.storage ?? "tanka1"] };
}

const wrong = (settings: object = {}, host: Partial<HostSeen> = {}, lines: object = {}) =>
  hostProblems(drHostSettings(settings), { ...oak, ...host }, [coming(settings, lines)])
    .map(({ path, expected }) => `${path}: ${expected}`)
    .join("\n");

describe("Somebody else's node", () => {
  it("takes guests that have room, numbers and VLANs of their own", () => {
    assert.equal(wrong(), "");
  });

  it("takes none while nobody accepts that its owner can read them, or after the last day of that", () => {
    assert.match(wrong({ exposure: undefined }), /^exposure: somebody who accepts/);
    const until = (day: string) => ({ exposure: { who: "me", why: "fire", until: day } });
    assert.match(wrong(until("2026-11-26")), /^exposure\.until: an acceptance that counts today/);
    assert.equal(wrong(until("2026-11-27")), "");
  });

  it("takes none whose number a guest, a disk or a backup job of its own has", () => {
    assert.match(
      wrong({}, { guests: [guestOf(3140, "virtio=BC:24:11:0A:01:40,bridge=wan")] }),
      /3140 is oak-3140 \(3140\) on oak1/,
    );
    assert.match(
      wrong({}, { volumes: new Map([[3140, ["tanka1:vm-3140-disk-0"]]]) }),
      /has volumes already: tanka1:vm-3140-disk-0/,
    );
    const job = { id: "nightly", vmids: [110, 3140], exclude: [], pool: undefined, storage: "pbs" };
    assert.match(wrong({}, { jobs: [job] }), /3140 is in the host's own backup job nightly/);
  });

  it("takes none in a VLAN of its own, of its guests, or of which its owner said so", () => {
    const interfaces = [
      ...oak.interfaces,
      { ...oak.interfaces[1]!, name: "lan.3210", isBridge: false, vlan: { of: "lan", id: 3210 } },
    ];
    assert.match(wrong({}, { interfaces }), /lan\/3210 is used by the node itself \(lan\.3210\)/);
    assert.match(wrong({ networks: { "lan/210": "lan/610" } }), /lan\/610 is used by oak-140 \(140\)/);
    assert.match(wrong({ networks: { "lan/210": "lan/200" } }), /lan\/200 is used by its owner \(host\.vlans\)/);
    const trunk = guestOf(150, "virtio=BC:24:11:0A:01:50,bridge=lan,trunks=3200-3299");
    assert.match(wrong({}, { guests: [trunk] }), /lan\/3210 is used by oak-150 \(150\)/);
  });

  it("takes none on its way to the internet, in its management network, or on a bridge that it does not have", () => {
    assert.match(wrong({ networks: { "lan/210": "wan/3210" } }), /no card on the host's way to the internet/);
    assert.match(wrong({ networks: { "lan/210": "lan" } }), /lan has the node's own network/);
    assert.match(wrong({ networks: { "lan/210": "dr9" } }), /got dr9, which it does not have/);
  });

  it("takes them without a VLAN only on a bridge with neither cable nor guest", () => {
    assert.equal(wrong({ networks: { "lan/210": "dr0" } }), "");
    const cable = oak.interfaces.map((one) => (one.name === "dr0" ? { ...one, hasPorts: true } : one));
    assert.match(wrong({ networks: { "lan/210": "dr0" } }, { interfaces: cable }), /dr0 has a cable behind it/);
    const guest = guestOf(150, "virtio=BC:24:11:0A:01:50,bridge=dr0");
    assert.match(wrong({ networks: { "lan/210": "dr0" } }, { guests: [guest] }), /dr0 has oak-150 \(150\) on it/);
  });

  it("takes none beside a guest that gets every VLAN while its owner did not say which are used", () => {
    const host = { node: "oak1", api: "https://192.0.2.30:8006" };
    assert.match(wrong({ host }), /^host\.vlans: the VLANs that its owner uses: oak-110 \(110\) get every VLAN/);
    assert.equal(wrong({ host, networks: { "lan/210": "dr0" } }), "");
  });

  it("takes no more than its memory, its threads and its storages hold beside what is its own", () => {
    assert.match(
      wrong({}, {}, { memory: "9216" }),
      /^size: at most 8\.0 GiB for all: oak1 has 16\.0 GiB, of which its own guests have 4\.0 GiB/,
    );
    assert.match(wrong({}, {}, { cores: "16" }), /^size\.guests\.140\.cores: at most the 8 threads of oak1/);
    assert.match(
      wrong({}, { storages: [{ storage: "tanka1", free: GIB }] }),
      /room for 32\.0 GiB on tanka1, which has 1\.0 GiB free/,
    );
    assert.match(wrong({}, { storages: [] }), /a storage of oak1 for disks, got tanka1/);
  });
});

describe("What others could read on somebody else's node", () => {
  const lines = (host: Partial<HostSeen> = {}, settings: object = {}) =>
    exposureLines(drHostSettings(settings), { ...oak, ...host }, [coming(settings, {})]).join("\n");

  it("is said by name: guests, the key, every login, and who took it upon themselves until when", () => {
    assert.match(lines(), /root of oak1, and whoever takes it over: memory and disks of vm:3140 dr-identity/);
    assert.match(lines(), /the encryption key of home, .* with the login home@pbs!dr every backup in home-copies/);
    assert.match(lines(), /Accepted by the owner until 2099-12-31: home burnt down/);
    assert.match(lines(), /key is rotated, and the logins home@pbs!dr and home@pbs!nightly are removed/);
  });

  it("names the host's own backups that would take guests in: a job for all, and one for a pool", () => {
    const all = { id: "oak-nightly", vmids: undefined, exclude: [110], pool: undefined, storage: "oakpbs" };
    assert.match(
      lines({ jobs: [all] }),
      /its job oak-nightly takes all guests to oakpbs, and so 3140, .* exclude them there/,
    );
    assert.doesNotMatch(lines({ jobs: [{ ...all, exclude: [3140] }] }), /oak-nightly/);
    assert.match(lines({ jobs: [{ ...all, pool: "gold" }] }), /if one of them is put into the pool gold/);
  });

  it("names guests of the host that get every VLAN", () => {
    assert.match(lines(), /oak-110 \(110\) of the host: they get every VLAN of the bridge, ours too/);
    assert.doesNotMatch(lines({}, { networks: { "lan/210": "dr0" } }), /every VLAN/);
  });
});
