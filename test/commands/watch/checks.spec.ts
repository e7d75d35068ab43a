import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { readEscrow } from "../../../commands/escrow-file";
import {
  ageAlarms,
  certificateAlarms,
  configurationAlarms,
  escrowAlarms,
  fillAlarms,
  healthAlarms,
  keyAlarms,
} from "../../../commands/watch/checks";
import { observationWith } from "../../estate/site";

const NOW = new Date("2026-11-21T08:00:00Z");
const HOUR = 3_600_000;
const group = (vmid: number, hoursOld: number) => ({
  store: "main",
  group: `vm/${vmid}`,
  snapshots: 1,
  unencrypted: 0,
  newest: new Date(NOW.getTime() - hoursOld * HOUR).toISOString(),
});
const nightly = (...vmids: number[]) => ({ vmids, schedule: "21:00" });
const backups = (...items: ReturnType<typeof group>[]) => observationWith({ backupGroups: { complete: true, items } });

describe("what a watch finds", () => {
  it("is a guest without a backup of last night, and one without any", () => {
    const alarms = ageAlarms([nightly(110, 140, 610)], backups(group(110, 10), group(140, 27)), NOW);
    assert.deepEqual(
      alarms.map(({ what, text }) => `${what}: ${text}`),
      ["guest 140: its newest backup is 27 hours old", "guest 610: it has no backup at all"],
    );
  });

  it("is a node or guest whose configuration was not kept in the last day, which nothing else reports", () => {
    const of = (name: string, hoursOld: number) => ({ ...group(1, hoursOld), group: `host/${name}` });
    const seen = backups(of("tappaas1", 3), of("tappaas-cicd", 30), group(110, 1));
    const alarms = configurationAlarms(["tappaas1", "tappaas2", "tappaas-cicd"], seen, NOW);
    assert.deepEqual(
      alarms.map(({ what, text }) => `${what}: ${text.split(";")[0] ?? ""}`),
      [
        "configuration of tappaas2: it has no backup at all",
        "configuration of tappaas-cicd: its newest backup is 30 hours old",
      ],
    );
  });

  it("is a guest of a weekly backup after a week and not before", () => {
    const weekly = { vmids: [312, 313], schedule: "sun 21:00" };
    const alarms = ageAlarms([nightly(110), weekly], backups(group(110, 10), group(312, 160), group(313, 171)), NOW);
    assert.deepEqual(
      alarms.map(({ what, text }) => `${what}: ${text}`),
      ["guest 313: its newest backup is 171 hours old"],
    );
  });

  it("is a storage that lost the site's key, or has one that no sheet holds, and never one with it", () => {
    const found = (encryptionKey?: string) => {
      const item = {
        storage: "vault",
        type: "pbs",
        content: ["backup"],
        ...(encryptionKey !== undefined && { encryptionKey }),
      };
      const seen = observationWith({ storages: { complete: true, items: [item] } });
      return keyAlarms({ storage: "vault", key: "0e:ab" }, seen).map(({ text }) => text);
    };
    assert.deepEqual(found("0E:AB"), []);
    assert.match(found().join(), /no encryption key: the next backup would lie in the clear .*`make up`/);
    assert.match(found("1f:ab").join(), /another encryption key .*no escrow sheet reads/);
  });

  it("is that backups cannot be seen, and never silence about them", () => {
    const hidden = { complete: false, because: ["no answer"], items: [group(110, 1)] };
    assert.match(ageAlarms([nightly(110)], observationWith({ backupGroups: hidden }), NOW)[0]?.text ?? "", /no answer/);
    assert.equal(ageAlarms([nightly(110)], observationWith(), NOW).length, 1);
  });

  it("is a datastore from 85 % on, whatever its size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, share) => {
          const used = Math.floor(total * share);
          assert.equal(fillAlarms([{ store: "main", total, used }]).length > 0, used / total >= 0.85);
        },
      ),
    );
  });

  it("is the disk of a cache, and not the bucket behind it, where a datastore lies in one", () => {
    const [alarm] = fillAlarms([{ store: "copies", total: 100, used: 90, isCache: true }]);
    assert.match(alarm?.text ?? "", /^the disk of its cache is 90 % full; its bucket is not/);
  });

  it("is a certificate that is not the pinned one, soon ends, or is not shown", () => {
    const shown = {
      server: "backup:8007",
      fingerprint: "0e",
      pinned: "0e",
      until: new Date(NOW.getTime() + 30 * 24 * HOUR),
    };
    assert.deepEqual(certificateAlarms([shown], NOW), []);
    assert.match(
      certificateAlarms([{ ...shown, fingerprint: "1f" }], NOW)[0]?.text ?? "",
      /another than the settings name: 1f/,
    );
    const soon = new Date(NOW.getTime() + 10 * 24 * HOUR);
    assert.match(
      certificateAlarms([{ ...shown, until: soon }], NOW)[0]?.text ?? "",
      /ends in 10 days\. The new one has another/,
    );
    assert.match(certificateAlarms([{ ...shown, fingerprint: undefined }], NOW)[0]?.text ?? "", /nothing answered/);
  });

  it("is a pool from 80 % on, before it is slow and stops its guests, and none that is gone or that nobody measured", () => {
    const pool = { node: "tappaas1", name: "tanka1", health: "ONLINE", vdevs: [], disks: [], properties: {} };
    const items = [
      { ...pool, size: 100, free: 20 },
      { ...pool, name: "tanka2", size: 100, free: 21 },
      { ...pool, name: "tanka3", size: 100, free: 1, lastSeen: "2026-01-01" },
      { ...pool, name: "tanka4", size: 100 },
    ];
    assert.deepEqual(
      healthAlarms(observationWith({ pools: { complete: true, items } })).map(
        ({ what, text }) => `${what}: ${text.slice(0, 15)}`,
      ),
      ["pool tanka1 on tappaas1: it is 80 % full"],
    );
  });

  it("is a pool that is not whole and a disk that is given up, but no memory of one that is gone", () => {
    const pool = { node: "tappaas1", name: "tanka1", vdevs: [], disks: [], size: 1, properties: {} };
    const disk = { node: "tappaas1", size: 1 };
    const seen = observationWith({
      pools: {
        complete: true,
        items: [
          { ...pool, health: "DEGRADED" },
          { ...pool, health: "FAULTED", lastSeen: "2026-01-01" },
        ],
      },
      disks: {
        complete: true,
        items: [
          { ...disk, id: "ata-dying", health: "FAILED" },
          { ...disk, id: "ata-worn", health: "PASSED", lifeLeft: 5 },
          { ...disk, id: "ata-well", health: "PASSED", lifeLeft: 100 },
        ],
      },
    });
    assert.deepEqual(
      healthAlarms(seen).map(({ what }) => what),
      ["pool tanka1 on tappaas1", "disk ata-dying on tappaas1", "disk ata-worn on tappaas1"],
    );
  });

  it("is an escrow sheet that is written down nowhere", () => {
    assert.match(escrowAlarms(undefined, NOW)[0]?.text ?? "", /without a sheet a fire takes every backup/);
  });

  it("is a record of the sheets that cannot be read, and not silence about it", () => {
    const folder = mkdtempSync(join(tmpdir(), "escrow-"));
    try {
      writeFileSync(join(folder, "escrow.json"), '{"version":1,');
      assert.match(escrowAlarms(readEscrow(folder), NOW)[0]?.text ?? "", /escrow\.json cannot be read/);
      assert.equal(readEscrow(join(folder, "elsewhere")), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
