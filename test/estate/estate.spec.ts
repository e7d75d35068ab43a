import { strict as assert } from "node:assert";

import { estateOf, type Estate } from "../../estate/estate";
import { type Observation, type ObservedGuest, parseObservation } from "../../estate/observation";
import { valueOf } from "../../estate/problem";
import { DEFAULT_RETENTION } from "../../estate/units/retention";
import {
  identity,
  inventoryOf,
  lines,
  module,
  observationWith,
  seenPool,
  settingsWith,
  threeNodes,
  writtenSettings,
} from "./site";

const inventory = inventoryOf([
  module("identity", identity),
  module("nextcloud", { vmid: 340, dependsOn: ["backup:vm"] }),
]);

function estateWith(changes: Record<string, unknown>, observation?: Observation): Estate {
  return valueOf(estateOf({ inventory, settings: settingsWith(changes), observation }), "estate");
}

function refusals(changes: Record<string, unknown>, observation?: Observation): string[] {
  return lines(estateOf({ inventory, settings: settingsWith(changes), observation }));
}

function advice({ findings }: Estate): string[] {
  return findings.map(({ path, advice: text }) => `${path}: ${text}`);
}

const seenIdentity: ObservedGuest = { vmid: 140, kind: "vm", node: "tappaas1", name: "identity", disks: [] };
const seenNextcloud: ObservedGuest = { vmid: 340, kind: "vm", node: "tappaas1", name: "nextcloud", disks: [] };

describe("an estate", () => {
  it("backs up every guest of the inventory as TAPPaaS does", () => {
    const { backup, backupServer } = estateWith({});

    assert.deepEqual(
      backup.guests.map(({ vmid }) => vmid),
      [140, 340],
    );
    const { storage, jobId, comment, pruneJobId, schedule } = backup;
    assert.deepEqual(
      [storage, jobId, comment],
      ["tappaas_backup", "tappaas-backup-vm-managed", "TAPPaaS-backup-vm-managed"],
    );
    assert.deepEqual([pruneJobId, schedule], ["prune-tappaas_backup", "21:00"]);
    assert.deepEqual([backupServer.datastore, backupServer.path], ["tappaas_backup", "/tankc1/tappaas_backup"]);
  });

  it("puts backups where TAPPaaS' backup module does, unless the settings say otherwise", () => {
    const backup = module("backup", { imageType: "apt", pbsStorageName: "oak", storage: "tankc2" });
    const sources = { inventory: inventoryOf([backup, module("identity", identity)]), settings: settingsWith() };
    const estate = valueOf(estateOf(sources), "estate");

    assert.deepEqual(
      [estate.backupServer.path, estate.backup.storage, estate.backup.pruneJobId],
      ["/tankc2/oak", "oak", "prune-oak"],
    );
    const named = { address: "backup", datastore: { name: "elm", path: "/mnt/elm" } };
    const other = valueOf(estateOf({ ...sources, settings: settingsWith({ backupServer: named }) }), "estate");
    assert.equal(other.backupServer.path, "/mnt/elm");
  });

  it("goes on with the job that TAPPaaS' scripts made, rather than doing everything twice", () => {
    const items = [{ id: "other" }, { id: "backup-7d1c", comment: "TAPPaaS-backup-vm-managed" }];
    const seen = observationWith({ backupJobs: { complete: true, items } });

    assert.equal(estateWith({}, seen).backup.jobId, "backup-7d1c");
    assert.equal(estateWith({ backup: { jobId: "mine" } }, seen).backup.jobId, "mine");
  });

  it("keeps what the site's own prune job keeps, where the settings say nothing of retention", () => {
    const keep = { keepLast: 4, keepDaily: 14, keepWeekly: 8, keepMonthly: 12, keepYearly: 6 };
    const keeps = ["keep-daily=14", "keep-last=4", "keep-monthly=12", "keep-weekly=8", "keep-yearly=6"];
    const job = { kind: "prune" as const, id: "prune-tappaas_backup", store: "tappaas_backup", keeps };
    const seen = observationWith({ serverJobs: { complete: true, items: [job] } });

    assert.deepEqual(estateWith({}, seen).backup.retention, { ...keep, keepYearly: 100 });
    assert.deepEqual(estateWith({ backup: { retention: { keepDaily: 3 } } }, seen).backup.retention, { keepDaily: 3 });
    assert.deepEqual(estateWith({}).backup.retention, DEFAULT_RETENTION);
  });

  it("throws no guest out of the job that somebody else put into it, and names it", () => {
    const items = [{ id: "backup-7d1c", comment: "TAPPaaS-backup-vm-managed", vmids: [140, 777, 150] }];
    const { backup, findings } = estateWith({}, observationWith({ backupJobs: { complete: true, items } }));

    assert.deepEqual(backup.alsoInJob, [150, 777]);
    assert.deepEqual(
      findings.filter(({ advice: words }) => words.includes("in no inventory")).map(({ path }) => path),
      ["guest 150", "guest 777"],
    );
  });

  it("leaves a guest out for a reason, and never a foundation guest", () => {
    const { backup } = estateWith({ backup: { exclude: { 340: "copied elsewhere" } } });
    assert.deepEqual(
      backup.excluded.map(({ guest, reason }) => [guest.vmid, reason]),
      [[340, "copied elsewhere"]],
    );
    assert.deepEqual(
      backup.guests.map(({ vmid }) => vmid),
      [140],
    );

    assert.deepEqual(refusals({ backup: { exclude: { 140: "too big", 999: "gone" } } }), [
      "- backup.exclude.140: expected no exclusion of identity, without which the site cannot be rebuilt; " +
        "remove it: foundation guests are always backed up",
      "- backup.exclude.999: expected the VMID of a guest in the inventory, or on the site; remove it or correct it",
    ]);
  });

  it("keeps TAPPaaS' order of nodes, whatever the order in the settings", () => {
    const node = writtenSettings.nodes.tappaas1;
    const settings = settingsWith({ nodes: { tappaas3: node, tappaas1: node, tappaas2: node } });
    const sources = { inventory: inventoryOf([module("identity", identity)], threeNodes), settings };

    assert.deepEqual(
      valueOf(estateOf(sources), "estate").nodes.map(({ name }) => name),
      ["tappaas1", "tappaas2", "tappaas3"],
    );
  });

  it("takes over the pools and storages that were seen", () => {
    const storage = { storage: "tanka1", type: "zfspool", content: ["images", "rootdir"], pool: "tanka1" };
    const { storages } = estateWith({}, observationWith({ storages: { complete: true, items: [storage] } }));

    assert.deepEqual(
      storages.map(({ storage: name, observed, pools }) => [name, observed, pools.length]),
      [["tanka1", storage, 1]],
    );
  });

  it("gives backup pools no storage for guests", () => {
    const pools = [
      ...writtenSettings.pools,
      { node: "tappaas1", name: "tankc1", raidlevel: "single", disks: ["ata-three"] },
    ];

    assert.deepEqual(
      estateWith({ pools }).storages.map(({ storage }) => storage),
      ["tanka1"],
    );
  });

  describe("is refused when", () => {
    const pool = { node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] };

    it("a guest lies on a pool for nothing but backups", () => {
      const found = refusals({ pools: [{ ...pool, purpose: "backup" }] });

      assert.equal(found.length, 2);
      assert.match(
        found[0] ?? "",
        /^- modules\/identity\.json: storage: expected a pool for guests, not one for nothing/,
      );
    });

    it("a guest's storage was not seen on a site that was seen whole", () => {
      const seen = observationWith({ guests: { complete: true, items: [seenIdentity, seenNextcloud] } });

      assert.match(
        refusals({ pools: [] }, seen)[0] ?? "",
        /storage: expected a storage on tappaas1, declared under pools or seen/,
      );
      const partly = observationWith({ storages: { complete: false, items: [] } });
      assert.deepEqual(refusals({ pools: [] }, partly), []);
    });

    it("a VMID belongs to a container where a virtual machine was declared", () => {
      const items: ObservedGuest[] = [{ ...seenIdentity, kind: "ct" }, seenNextcloud];
      const found = refusals({}, observationWith({ guests: { complete: true, items } }));

      assert.deepEqual(found, [
        "- modules/identity.json: vmid: expected a virtual machine with VMID 140 on the site, got a container; " +
          "correct the VMID or the kind",
      ]);
    });

    it("two pools share a disk, a name or an unknown node", () => {
      const pools = [
        pool,
        { ...pool, name: "tankb1", disks: ["ata-two"], raidlevel: "single" },
        { ...pool, disks: ["ata-five", "ata-six"] },
        { ...pool, node: "tappaas9", disks: ["ata-seven", "ata-eight"] },
        { ...pool, name: "fast", disks: ["ata-nine", "ata-ten"] },
      ];

      assert.deepEqual(
        refusals({ pools }).map((line) => line.slice(2, line.indexOf(": "))),
        ["pools[1].disks[0]", "pools[2].name", "pools[3].node", "pools[4].purpose"],
      );
    });

    it("a pool was seen in another shape, so that the preview says it and no update stops half way", () => {
      const seen = {
        node: "tappaas1",
        name: "tanka1",
        health: "ONLINE",
        size: 0,
        properties: {},
        vdevs: [{ type: "raidz" as const, disks: ["ata-one", "ata-two", "ata-three"] }],
        disks: ["ata-one", "ata-two", "ata-three"],
      };
      const observation = observationWith({ pools: { complete: true, items: [seen] } });
      const found = lines(estateOf({ inventory, settings: settingsWith(), observation }));

      assert.equal(found.length, 2);
      assert.match(
        found[0] ?? "",
        /^- pools\[0\]\.raidlevel: expected raidz, as tanka1 was seen, got mirror; write what exists/,
      );
      assert.match(found[1] ?? "", /^- pools\[0\]\.disks: expected the 3 disks of tanka1, .*, got 2;/);
    });

    it("a pool goes by other names of the same disks: the node itself can tell", () => {
      const disks = ["wwn-0x1", "wwn-0x2"];
      const vdevs = [{ type: "mirror" as const, disks }];
      const seen = { node: "tappaas1", name: "tanka1", health: "ONLINE", size: 0, properties: {}, vdevs, disks };
      const observation = observationWith({ pools: { complete: true, items: [seen] } });

      assert.deepEqual(lines(estateOf({ inventory, settings: settingsWith(), observation })), []);
    });

    it("the datastore's name is too long for the jobs that are named after it", () => {
      const backupServer = { address: "backup", datastore: { name: "a".repeat(27) } };

      assert.match(
        refusals({ backupServer })[0] ?? "",
        /^- backupServer\.datastore\.name: expected .* at most 25 characters/,
      );
    });

    it("a guest's node has no address in the settings", () => {
      const found = lines(
        estateOf({ inventory, settings: settingsWith({ nodes: { elm: writtenSettings.nodes.tappaas1 }, pools: [] }) }),
      );

      assert.match(
        found[0] ?? "",
        /^- modules\/identity\.json: node: expected one of the nodes in the settings, elm, got "tappaas1"/,
      );
    });
  });

  describe("of a site with a guest that nobody decided about", () => {
    const stray: ObservedGuest = { vmid: 105, kind: "ct", node: "tappaas1", name: "forgotten", disks: [] };
    const seen = (complete: boolean, ...more: ObservedGuest[]) =>
      observationWith({ guests: { complete, items: [seenIdentity, seenNextcloud, ...more] } });

    it("stops until somebody does, and says how", () => {
      const [line, ...others] = refusals({}, seen(true, stray));
      assert.deepEqual(others, []);
      assert.match(line ?? "", /^- guest ct:105 "forgotten": .*in no backup.*backup\.exclude: \{ "105"/);
    });

    it("stops also when only a part of the site was seen: the guest is there", () => {
      assert.equal(refusals({}, seen(false, stray)).length, 1);
    });

    it("goes on when the guest is excused by name, and keeps the reason in sight", () => {
      const { backup } = estateWith({ backup: { exclude: { 105: "a toy" } } }, seen(true, stray));
      assert.deepEqual(
        backup.excluded.map(({ guest, reason }) => [guest.vmid, guest.name, reason]),
        [[105, "forgotten", "a toy"]],
      );
    });

    it("excuses templates, and says so", () => {
      const { backup } = estateWith({}, seen(true, { ...stray, template: true }));
      assert.match(backup.excluded[0]?.reason ?? "", /^a template/);
    });
  });

  describe("of pools whose disks were seen", () => {
    const disk = (id: string, usedBy?: string) => ({
      node: "tappaas1",
      id,
      size: 1,
      ...(usedBy !== undefined && { usedBy }),
    });
    const pools = [{ node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] }];
    const guests = { complete: true, items: [seenIdentity, seenNextcloud] };
    const look = (disks: ReturnType<typeof disk>[], pool?: object) =>
      observationWith({
        guests,
        disks: { complete: true, items: disks },
        pools: { complete: true, items: pool === undefined ? [] : [{ ...seenPool, ...pool }] },
      });

    it("takes empty disks for a new pool", () => {
      assert.deepEqual(refusals({ pools }, look([disk("ata-one"), disk("ata-two")])), []);
    });

    it("refuses a disk that holds something, in the preview, and wipes nothing", () => {
      const [line] = refusals({ pools }, look([disk("ata-one"), disk("ata-two", "ext4")]));
      assert.match(line ?? "", /^- pools\[0\]\.disks\[1\]: expected an empty disk, got "ata-two", which holds ext4/);
    });

    it("refuses a disk that the node does not have, and names those that are free", () => {
      const [line] = refusals({ pools }, look([disk("ata-one"), disk("ata-three")]));
      assert.match(line ?? "", /"ata-two", which it does not have; free disks of tappaas1 are ata-one, ata-three/);
    });

    it("refuses another disk than the pool has", () => {
      const changed = [{ ...pools[0], disks: ["ata-one", "ata-three"] }];
      const [line] = refusals(
        { pools: changed },
        look([disk("ata-one", "ZFS"), disk("ata-two", "ZFS"), disk("ata-three")], {}),
      );
      assert.match(line ?? "", /disks\[1\]: expected a disk of tanka1: ata-one, ata-two, got "ata-three"/);
    });

    it("leaves a pool that lost a disk to the node, and stops nothing for it", () => {
      const seen = look([disk("ata-one", "ZFS")], { health: "DEGRADED" });
      assert.deepEqual(refusals({ pools }, seen), []);
      assert.ok(advice(estateWith({ pools }, seen)).some((line) => line.includes("it was seen DEGRADED")));
    });
  });

  describe("points out", () => {
    const whole = { guests: { complete: true, items: [seenIdentity, seenNextcloud] } };

    it("nothing on a site that is as it was declared", () => {
      assert.deepEqual(advice(estateWith({}, observationWith(whole))), []);
    });

    it("services that matter on a single disk, redundancy for what may be lost, and a pool in trouble", () => {
      const pools = [
        { node: "tappaas1", name: "tanka1", raidlevel: "single", disks: ["ata-one"] },
        { node: "tappaas1", name: "tankb1", raidlevel: "mirror", disks: ["ata-two", "ata-three"] },
      ];
      const sick = {
        node: "tappaas1",
        name: "tankb1",
        health: "DEGRADED",
        vdevs: [],
        disks: [],
        size: 0,
        properties: {},
      };
      const found = advice(
        estateWith({ pools }, observationWith({ ...whole, pools: { complete: true, items: [sick] } })),
      );

      assert.equal(found.length, 3);
      assert.match(found[0] ?? "", /^pool tanka1 on tappaas1: one disk holds services that matter/);
      assert.match(found[1] ?? "", /^pool tankb1 on tappaas1: mirror spends disks/);
      assert.match(found[2] ?? "", /^pool tankb1 on tappaas1: it was seen DEGRADED/);
    });

    it("a foundation guest on a pool that may be lost with one disk", () => {
      const pools = [{ node: "tappaas1", name: "tanka1", raidlevel: "single", disks: ["ata-one"], purpose: "bulk" }];

      assert.deepEqual(advice(estateWith({ pools })), [
        'guest vm:140 "identity": it matters and lies on tanka1, a bulk pool; move it to a pool for important services',
      ]);
    });

    it("a guest that is declared and not there", () => {
      const found = advice(estateWith({}, observationWith({ guests: { complete: true, items: [seenIdentity] } })));

      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", /^guest vm:340 "nextcloud": it was not on the site on 2026-11-20/);
    });

    it("no guest as missing when not all could be seen", () => {
      assert.deepEqual(advice(estateWith({}, observationWith({ guests: { complete: false, items: [] } }))), []);
    });

    it("data of a guest in the job that no backup reads", () => {
      const models = { slot: "mp0", volume: "/mnt/tanka1/vllm-models", backup: false };
      const items = [seenIdentity, { ...seenNextcloud, disks: [models] }];

      assert.deepEqual(advice(estateWith({}, observationWith({ guests: { complete: true, items } }))), [
        'guest vm:340 "nextcloud": its mp0 (/mnt/tanka1/vllm-models) is read by no backup; ' +
          "move what matters onto a disk that is",
      ]);
    });
  });
});

describe("an observation", () => {
  it("is read back as it was written", () => {
    const pool = {
      node: "tappaas1",
      name: "tanka1",
      health: "ONLINE",
      vdevs: [{ type: "mirror" as const, disks: ["ata-one", "ata-two"] }],
      disks: ["ata-one", "ata-two"],
      size: 4 * 1024 ** 4,
      properties: { ashift: "12" },
    };
    const written = observationWith({ pools: { complete: true, items: [pool] } });

    assert.deepEqual(valueOf(parseObservation(JSON.parse(JSON.stringify(written)), "observed.json"), "x"), written);
  });

  it("of another version is refused, with the cure", () => {
    assert.deepEqual(lines(parseObservation({ ...observationWith(), version: 1 }, "observed.json")), [
      "- observed.json: version: expected version 2, got 1; run `make observe` again",
    ]);
  });
});
