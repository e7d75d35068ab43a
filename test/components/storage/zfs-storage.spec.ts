import { strict as assert } from "node:assert";

import { ZfsPool } from "../../../components/storage/zfs-pool";
import { ZfsStorage, zfsStorageProblems, type ZfsStorageArgs } from "../../../components/storage/zfs-storage";
import { mockPulumi, valueOf, type Registrations } from "../../support/mocks";

const TYPE = "proxmoxve:storage/zfspool:Zfspool";

describe("ZfsStorage", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(() => ({ stdout: "{}" }), {
      "resilience:pve:standingStorage": (inputs) => inputs,
    });
  });

  async function declare(existing?: ZfsStorageArgs["existing"]) {
    const shell = { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" };
    const pool = new ZfsPool("pool", {
      node: "tappaas1",
      shell,
      pool: "tanka1",
      raidlevel: "single",
      disks: ["ata-A"],
    });
    const args = { storage: "tanka1", pools: [pool] as const, ...(existing !== undefined && { existing }) };
    const storage = new ZfsStorage("tanka1", args);
    await valueOf(storage.storage);
  }

  it("makes an entry for guests on the pool's nodes, with volumes that take space as they are written", async () => {
    await declare();
    assert.deepEqual(registrations.ofType(TYPE), {
      tanka1: {
        resourceId: "tanka1",
        zfsPool: "tanka1",
        contents: ["images", "rootdir"],
        nodes: ["tappaas1"],
        thinProvision: true,
      },
    });
    assert.equal(registrations.optionsOf("tanka1", TYPE).importId, "");
  });

  it("takes an entry that was seen over as it is, by its identifier", async () => {
    await declare({ contents: ["images"] });
    assert.deepEqual(registrations.ofType(TYPE), {
      tanka1: { resourceId: "tanka1", zfsPool: "tanka1", contents: ["images"] },
    });
    assert.equal(registrations.optionsOf("tanka1", TYPE).importId, "tanka1");
  });

  it("keeps the entry when it leaves the program, for guests start through it", async () => {
    await declare();
    const { protect, retainOnDelete } = registrations.optionsOf("tanka1", TYPE);
    assert.deepEqual({ protect, retainOnDelete }, { protect: true, retainOnDelete: true });
  });

  it("waits for its pool", async () => {
    await declare();
    assert.ok(registrations.optionsOf("tanka1", TYPE).after.includes("pool"));
  });
});

describe("zfsStorageProblems", () => {
  it("rejects two pools of one node, and an identifier that PVE does not take", () => {
    const pools = [{ node: "tappaas1" }, { node: "tappaas1" }];
    assert.deepEqual(
      zfsStorageProblems({ storage: "1tank", pools }).map(({ path }) => path),
      ["storage", "pools"],
    );
  });
});
