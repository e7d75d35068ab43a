import { strict as assert } from "node:assert";

import { newestOf, type BackupSnapshot } from "../../../commands/restore/snapshot";

const snapshot = (vmid: number, name: string, day: number): BackupSnapshot => ({
  volume: `restore:backup/vm/${vmid}/2026-11-${day}T21:00:00Z`,
  kind: "vm",
  vmid,
  name,
  time: new Date(Date.UTC(2026, 10, day, 21)),
  size: 1,
  encryptedWith: undefined,
});

/** Newest first, as a node's list is sorted before it comes here. */
const snapshots = [snapshot(140, "identity", 20), snapshot(610, "vaultwarden", 20), snapshot(140, "identity", 19)];

describe("the backup that is read back", () => {
  it("is the newest of the guest, by name or by VMID", () => {
    assert.equal(newestOf(snapshots, "identity", undefined), snapshots[0]);
    assert.equal(newestOf(snapshots, "140", undefined), snapshots[0]);
  });

  it("is the newest before the harm was done, when a moment is named", () => {
    assert.equal(newestOf(snapshots, "identity", new Date(Date.UTC(2026, 10, 20, 12))), snapshots[2]);
  });

  it("is none of another guest: a name that is not there stops with what there is", () => {
    assert.throws(() => newestOf(snapshots, "ident", undefined), {
      message: 'There is no backup of "ident": there are identity (140), vaultwarden (610).',
    });
  });

  it("is not guessed when two guests bear one name", () => {
    const both = [...snapshots, snapshot(141, "identity", 18)];
    assert.throws(() => newestOf(both, "identity", undefined), /Two guests are called "identity": 140 and 141/);
  });
});
