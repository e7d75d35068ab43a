import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const prune = { store: "backup", keepDaily: 7, keepWeekly: 4, keepMonthly: 12, schedule: "02:00" };
const store = { name: "backup", verifyNew: true, gcSchedule: "03:00" };
const job = { vmids: [101, 102], enabled: true, schedule: "21:00" };

/** Rules about that every guest has a backup, and that it stays. */
export const BACKUPS_CASES: Cases = {
  "backups-encrypted": {
    good: [
      { type: types.PBS_STORAGE, props: { encryptionKeyFingerprint: "0e" } },
      { type: types.PROXMOX_PBS_STORAGE, props: { encryptionKey: "a key" } },
    ],
    bad: [
      [[{ type: types.PBS_STORAGE }], "Backups into it must be encrypted on the node: set encryptionKeyFingerprint."],
      [[{ type: types.PROXMOX_PBS_STORAGE }], "Backups into it must be encrypted on the node: set encryptionKey."],
    ],
  },
  "no-generated-key": {
    good: [{ type: types.PROXMOX_PBS_STORAGE, props: { encryptionKey: "a key" } }],
    bad: [
      [
        [{ type: types.PROXMOX_PBS_STORAGE, props: { generateEncryptionKey: true } }],
        "The key of it must be known outside the node: leave generateEncryptionKey out and set encryptionKey.",
      ],
    ],
  },
  "retention-floor": {
    good: [{ type: types.PRUNE_JOB, props: prune }],
    bad: [
      [
        [{ type: types.PRUNE_JOB, props: { ...prune, keepDaily: 6, keepMonthly: undefined } }],
        "What it keeps must reach back 7 days, 4 weeks and 12 months: set backup.retention to keepDaily: 7, keepMonthly: 12 or more, or accept it in acceptances.json as shorten-retention.",
      ],
    ],
  },
  "datastore-is-pruned": {
    good: [
      { type: types.DATASTORE, props: store },
      { type: types.PRUNE_JOB, props: prune },
    ],
    bad: [
      [
        [{ type: types.DATASTORE, name: "backup", props: store }],
        "What stays in backup must be said where it lies: declare a prune job with store: backup.",
      ],
    ],
  },
  "new-backups-verified": {
    good: [{ type: types.DATASTORE, props: store }],
    bad: [
      [[{ type: types.DATASTORE, props: { verifyNew: false } }], "it must verify new backups: set verifyNew: true."],
    ],
  },
  "old-backups-verified": {
    good: [
      { type: types.DATASTORE, name: "backup", props: store },
      { type: types.VERIFY_JOB, props: { store: "backup" } },
      { type: types.DATASTORE, props: { name: "another" } },
      { type: types.VERIFY_JOB, props: { store: UNKNOWN }, from: { store: 2 } },
    ],
    bad: [
      [
        [
          { type: types.DATASTORE, name: "backup", props: store },
          { type: types.VERIFY_JOB, props: { store: "other" } },
        ],
        "Backups in backup must be reread against rot: declare a verify job with store: backup.",
      ],
      [
        [
          { type: types.DATASTORE, name: "backup", props: { name: "backup" } },
          { type: types.DATASTORE, name: "second", props: { name: "second" } },
          { type: types.VERIFY_JOB, props: { store: UNKNOWN }, from: { store: 1 } },
        ],
        "Backups in backup must be reread against rot: declare a verify job with store: backup.",
      ],
    ],
  },
  "every-guest-backed-up": {
    good: [
      { type: types.BACKUP_JOB, props: job },
      { type: types.HA_RESOURCE, props: { guest: "vm:102" } },
      { type: types.PROXMOX_BACKUP_JOB, props: { all: true, excludes: ["140"] } },
      { type: types.PROXMOX_HA_RESOURCE, props: { resourceId: "ct:103" } },
    ],
    config: { guests: [101, 104] },
    bad: [
      [
        [
          { type: types.BACKUP_JOB, props: job },
          { type: types.HA_RESOURCE, props: { guest: "vm:103" } },
        ],
        "Guest 103 must be in a backup job: add it to one, or to backup.exclude with the reason.",
        {},
      ],
      [
        [{ type: types.PROXMOX_BACKUP_JOB, props: { all: true, excludes: ["104"] } }],
        "Guest 104 must be in a backup job: add it to one, or to backup.exclude with the reason.",
      ],
    ],
  },
  "every-node-enrolled": {
    good: [{ type: types.PBS_STORAGE, props: { nodes: [] } }],
    bad: [
      [
        [{ type: types.PROXMOX_PBS_STORAGE, props: { nodes: ["a"], disable: true } }],
        "it must serve every node: leave nodes and disable out.",
      ],
    ],
  },
  "disks-are-backed-up": {
    good: [
      { type: types.VM, props: { vmId: 101, disks: [{ interface: "scsi0" }, { interface: "scsi1", backup: true }] } },
      { type: types.VM, props: { vmId: 132, disks: [{ interface: "scsi0", backup: false }] } },
      { type: types.CONTAINER, props: { vmId: 102, mountPoints: [{ path: "/srv", backup: true }] } },
    ],
    config: { except: [132] },
    bad: [
      [
        [{ type: types.VM, props: { vmId: 101, disks: [{ interface: "scsi1", backup: false }] } }],
        "All disks of it must be in its backup: leave backup: false out of disk scsi1, or name the guest in backup.exclude with the reason.",
      ],
      [
        [{ type: types.CONTAINER, props: { mountPoints: [{ path: "/srv" }] } }],
        "All disks of it must be in its backup: set backup: true for mount point /srv, or name the guest in backup.exclude with the reason.",
      ],
    ],
  },
  "storage-keeps-its-key": {
    good: [{ type: types.PROXMOX_PBS_STORAGE, ignoreChanges: ["password", "encryptionKey"] }],
    bad: [
      [
        [{ type: types.PROXMOX_PBS_STORAGE, ignoreChanges: ["password"] }],
        'it must keep its key when its password changes: add "encryptionKey" to ignoreChanges, and change a password with `pvesm set`.',
      ],
    ],
  },
  "nodes-prune-nothing": {
    good: [
      { type: types.PROXMOX_BACKUP_JOB, props: { all: true, pruneBackups: { "keep-all": "1" } } },
      { type: types.PROXMOX_PBS_STORAGE, props: { backups: { keepAll: true } } },
    ],
    bad: [
      [
        [{ type: types.PROXMOX_BACKUP_JOB, props: { pruneBackups: { "keep-last": "3" } } }],
        "it must leave thinning out to the server: leave pruneBackups out, and declare a prune job there.",
      ],
      [
        [{ type: types.PROXMOX_PBS_STORAGE, props: { backups: { keepLast: 3, keepDaily: 7 } } }],
        "it must leave thinning out to the server: leave backups.keepLast, backups.keepDaily out, and declare a prune job there.",
      ],
    ],
  },
  "failures-are-told": {
    good: [{ type: types.BACKUP_JOB, props: job }, ...types.NOTIFICATION_TARGETS.map((type) => ({ type }))],
    bad: [
      [
        [{ type: types.BACKUP_JOB, props: job }, { type: types.NOTIFICATION_TARGETS[0] }],
        "Somebody must be told what fails: set the secret alertAddress, from which a resilience:pbs:NotificationTarget is made.",
      ],
    ],
  },
  "chores-apart": {
    good: [
      { type: types.BACKUP_JOB, props: job },
      { type: types.PRUNE_JOB, props: prune },
      { type: types.DATASTORE, props: store },
    ],
    bad: [
      [
        [
          { type: types.PRUNE_JOB, props: prune },
          { type: types.DATASTORE, name: "x", props: { gcSchedule: "02:00" } },
        ],
        "garbage collection of x must not begin with resilience:pbs:PruneJob it: set another hour than 02:00.",
      ],
    ],
  },
};
