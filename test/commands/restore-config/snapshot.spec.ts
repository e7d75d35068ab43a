import { strict as assert } from "node:assert";

import { newestConfig, parseConfigSnapshots, partOf } from "../../../commands/restore-config/snapshot";

const one = (type: string, id: string, time: string, files: unknown[] = []) => ({
  ...{ "backup-type": type, "backup-id": id, "backup-time": Date.parse(time) / 1000, files },
});
const NODE = [{ filename: "etc.pxar.didx" }, { filename: "pve.pxar.didx" }, { filename: "index.json.blob" }];
const SNAPSHOTS = parseConfigSnapshots(
  JSON.stringify([
    one("host", "tappaas1", "2026-11-20T20:30:00Z", NODE),
    one("vm", "140", "2026-11-20T21:00:00Z", ["drive-scsi0.img.fidx"]),
    one("host", "tappaas1", "2026-11-21T20:30:00Z", NODE),
    one("host", "tappaas-cicd", "2026-11-21T20:30:05Z", ["config.pxar.didx"]),
  ]),
);

describe("a snapshot of configuration", () => {
  it("is found among those of guests, newest first, with its archives", () => {
    assert.deepEqual(
      SNAPSHOTS.map(({ path, archives }) => [path, archives.join()]),
      [
        ["host/tappaas-cicd/2026-11-21T20:30:05Z", "config.pxar"],
        ["host/tappaas1/2026-11-21T20:30:00Z", "etc.pxar,pve.pxar"],
        ["host/tappaas1/2026-11-20T20:30:00Z", "etc.pxar,pve.pxar"],
      ],
    );
  });

  it("is the newest, or the newest before a moment, or nothing, with what there is", () => {
    const path = (before?: Date) => newestConfig(SNAPSHOTS, "tappaas1", before).path;
    assert.equal(path(), "host/tappaas1/2026-11-21T20:30:00Z");
    assert.equal(path(new Date("2026-11-21T00:00:00Z")), "host/tappaas1/2026-11-20T20:30:00Z");
    assert.throws(() => path(new Date("2026-11-01")), /not later than 2026-11-01.*the oldest is of 2026-11-20/);
    assert.throws(() => newestConfig(SNAPSHOTS, "spare", undefined), /there are tappaas-cicd, tappaas1\.\nCure: /);
    assert.throws(() => newestConfig([], "spare", undefined), /this login sees none at all/);
  });

  it("says in which archive a file is, by the name that it had on its machine", () => {
    const [control, node] = SNAPSHOTS;
    assert.deepEqual(partOf(node!, "/etc/pve/storage.cfg"), { archive: "pve.pxar", path: "pve/storage.cfg" });
    assert.deepEqual(partOf(node!, "/etc/pve-local"), { archive: "etc.pxar", path: "etc/pve-local" });
    assert.deepEqual(partOf(control!, "/etc/secrets/a"), { archive: "config.pxar", path: "config/etc/secrets/a" });
    for (const file of ["/root/x", "etc/hosts", "/etc/../root/x", "/etc/"])
      assert.throws(() => partOf(node!, file), /below \/etc\/pve\/ or \/etc\/, got/, file);
  });
});
