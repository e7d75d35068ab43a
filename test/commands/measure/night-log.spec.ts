import { strict as assert } from "node:assert";

import { nightsIn } from "../../../commands/measure/night-log";

// As PVE 9 writes it: qemu-server, PVE/VZDump/QemuServer.pm; pve-container, PVE/VZDump/LXC.pm.
const MACHINE = [
  "INFO: Starting Backup of VM 140 (qemu)",
  "INFO: Backup started at 2026-11-20 21:00:02",
  "INFO: status = running",
];
const END = ["INFO: Finished Backup of VM 140 (00:01:23)"];
const GIB = 1024 ** 3;

describe("the log of a night", () => {
  it("says what changed since the night before, where each disk was counted", () => {
    const log = [
      "INFO: starting new backup job: vzdump 140 150 --storage backup --mode snapshot",
      ...MACHINE,
      "INFO: scsi0: dirty-bitmap status: OK (628.0 MiB of 60.0 GiB dirty)",
      "INFO: scsi1: dirty-bitmap status: OK (drive clean)",
      "INFO: backup was done incrementally, reused 59.39 GiB (98%)",
      "INFO: transferred 628.00 MiB in 4 seconds (157.0 MiB/s)",
      ...END,
      "INFO: Backup job finished successfully",
    ];
    const changed = 628 * 1024 ** 2;
    assert.deepEqual(nightsIn(log), [{ vmid: 140, seconds: 83, read: changed, changed, used: undefined }]);
  });

  it("says what is in use, where all was read: what is empty does not count", () => {
    const log = [
      ...MACHINE,
      "INFO: scsi0: dirty-bitmap status: created new",
      "INFO: backup is sparse: 43.00 GiB (91%) total zero data",
      "INFO: backup was done incrementally, reused 43.63 GiB (92%)",
      "INFO: transferred 47.00 GiB in 82 seconds (586.9 MiB/s)",
      ...END,
    ];
    const [night] = nightsIn(log);
    assert.deepEqual([night?.changed, night?.used, night?.read], [undefined, 4 * GIB, 47 * GIB]);
  });

  it("says neither where one disk was counted and another was not", () => {
    const log = [
      ...MACHINE,
      "INFO: scsi0: dirty-bitmap status: OK (1.0 GiB of 60.0 GiB dirty)",
      "INFO: scsi1: dirty-bitmap status: existing bitmap was invalid and has been cleared",
      "INFO: transferred 11.0 GiB in 82 seconds (137.4 MiB/s)",
      ...END,
    ];
    const [night] = nightsIn(log);
    assert.deepEqual([night?.changed, night?.used], [undefined, undefined]);
  });

  it("tells of a container what was sent of what it holds", () => {
    const log = [
      "INFO: Starting Backup of VM 610 (lxc)",
      "INFO: root.pxar: had to backup 1.5 GiB of 10 GiB (compressed 700 MiB) in 31.02 s (average 49.5 MiB/s)",
      "INFO: Finished Backup of VM 610 (00:00:35)",
    ];
    assert.deepEqual(nightsIn(log), [{ vmid: 610, seconds: 35, read: 10 * GIB, changed: 1.5 * GIB, used: 10 * GIB }]);
  });

  it("leaves out a backup that failed, and keeps the one after it", () => {
    const log = [
      "INFO: Starting Backup of VM 110 (qemu)",
      "INFO: scsi0: dirty-bitmap status: OK (1.0 GiB of 60.0 GiB dirty)",
      "ERROR: Backup of VM 110 failed - job failed with err -5",
      ...MACHINE,
      "INFO: scsi0: dirty-bitmap status: OK (drive clean)",
      ...END,
    ];
    assert.deepEqual(
      nightsIn(log).map(({ vmid, changed }) => [vmid, changed]),
      [[140, 0]],
    );
  });
});
