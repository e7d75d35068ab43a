import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const vm = {
  vmId: 101,
  name: "web",
  protection: true,
  purgeOnDestroy: false,
  deleteUnreferencedDisksOnDestroy: false,
  rebootAfterUpdate: false,
};
/** What of a pool is never held against what the node says. */
const POOL = ["devices", "raidlevel", "ashift", "compression", "addStorage", "draidConfig"];

/** Rules about guests, and the disks on which they are. */
export const GUESTS_CASES: Cases = {
  "data-is-guarded": {
    good: [{ type: types.DATASTORE, protect: true }],
    bad: [
      types.ACL,
      types.DATASTORE,
      types.PBS_STORAGE,
      types.TOKEN,
      types.TUNNEL,
      types.USER,
      types.VM,
      types.ZFS_STORAGE,
    ].map((type) => [
      [{ type }],
      "Data rests on it, which must not go in passing: set protect: true and retainOnDelete: true.",
    ]),
  },
  "guest-keeps-disks": {
    good: [{ type: types.VM, props: vm }],
    bad: [
      [
        [{ type: types.VM, props: { vmId: 101 } }],
        "it must keep its disks and jobs, and run on: set protection: true, purgeOnDestroy: false, deleteUnreferencedDisksOnDestroy: false, rebootAfterUpdate: false.",
      ],
      [
        [{ type: types.VM, props: { ...vm, purgeOnDestroy: true, rebootAfterUpdate: undefined } }],
        "it must keep its disks and jobs, and run on: set purgeOnDestroy: false, rebootAfterUpdate: false.",
      ],
    ],
  },
  "image-replaces-no-guest": {
    good: [
      { type: types.VM, props: { disks: [{ importFrom: UNKNOWN }] } },
      { type: types.VM, props: { disks: [{ fileId: UNKNOWN }] }, ignoreChanges: ["disks[*].fileId"] },
      { type: types.VM, props: { initialization: { userDataFileId: UNKNOWN } }, ignoreChanges: ["initialization"] },
      { type: types.VM, props: { initialization: { dns: {} } } },
    ],
    bad: [
      [
        [{ type: types.VM, props: { disks: [{ fileId: UNKNOWN }] } }],
        'it must stay when its image changes: take importFrom instead of fileId, with ignoreChanges: ["disks"].',
      ],
      [
        [{ type: types.VM, props: { initialization: { userDataFileId: UNKNOWN } } }],
        'it must stay when its cloud-init file changes: set ignoreChanges: ["initialization"].',
      ],
    ],
  },
  "no-data-in-container-mounts": {
    good: [
      { type: types.CONTAINER },
      { type: types.CONTAINER, props: { mountPoints: [{}] }, ignoreChanges: ["mountPoints"] },
    ],
    bad: [
      [
        [{ type: types.CONTAINER, props: { mountPoints: [{}] } }],
        'it must not be made anew with its volumes: set ignoreChanges: ["mountPoints"], or take a virtual machine.',
      ],
    ],
  },
  "pool-keeps-disks": {
    good: [{ type: types.PROXMOX_ZFS, props: { cleanupDisks: false }, ignoreChanges: POOL }],
    bad: [
      [
        [{ type: types.PROXMOX_ZFS, props: { cleanupDisks: true, cleanupConfig: true }, ignoreChanges: POOL }],
        "The disks of it must not be wiped: set cleanupDisks: false, cleanupConfig: false.",
      ],
      [
        [{ type: types.PROXMOX_ZFS, props: {}, ignoreChanges: POOL.slice(1) }],
        'it must never be made anew: add "devices" to ignoreChanges.',
      ],
    ],
  },
  "named-by-the-owner": {
    good: [{ type: types.VM, name: "web", props: { name: "web-abcdef" } }],
    bad: [
      [
        [{ type: types.PROXMOX_ZFS, name: "tanka", props: { name: "tanka-1a2b3c4" } }],
        "tanka must have a name of its own and not an invented one: set name.",
      ],
    ],
  },
  "guest-numbers-unique": {
    good: [
      { type: types.VM, props: vm },
      { type: types.CONTAINER, props: { vmId: 102 } },
      { type: types.CONTAINER, props: {} },
      { type: types.CONTAINER, props: {} },
    ],
    bad: [
      [
        [
          { type: types.VM, props: vm },
          { type: types.RESTORED_GUEST, name: "back", props: { guest: "vm:101" } },
        ],
        "back must have a VMID of its own: set another vmId than 101.",
      ],
      [
        [
          { type: types.VM, props: vm },
          { type: types.CONTAINER, name: "other", props: { vmId: 101 } },
        ],
        "other must have a VMID of its own: set another vmId than 101.",
      ],
    ],
  },
  "snippet-outlives-change": {
    good: [
      { type: types.SNIPPET, props: { sourceRaw: { fileName: "web-1a2b3c4d.yaml" } } },
      { type: types.SNIPPET, props: { sourceRaw: { fileName: "web.yaml" } }, deleteBeforeReplace: true },
    ],
    bad: [
      [
        [{ type: types.SNIPPET, props: { sourceRaw: { fileName: "web.yaml" } } }],
        "The file of it must be there after a change: put a hash of its text into fileName, or set deleteBeforeReplace: true.",
      ],
    ],
  },
  "types-are-kept-up": {
    good: [{ type: types.VM }, { type: types.PROXMOX_PBS_STORAGE }, { type: types.BUCKET }],
    bad: [
      [
        [{ type: "proxmoxve:cloned/vm:Vm" }],
        "it must be of a type that is fit for use: declare it as VmLegacy with clone.",
      ],
      [
        [{ type: "proxmoxve:storage/pbsLegacy:PbsLegacy" }],
        "it must be of a type that the other rules know: declare it as storage.Pbs, with its former type in aliases.",
      ],
      [
        [{ type: "aws:s3/bucketV2:BucketV2" }],
        "it must be of a type that the other rules know: declare it as s3.Bucket, with its former type in aliases.",
      ],
    ],
  },
  "logins-take-keys": {
    good: [{ type: types.VM, props: { initialization: { userAccount: { keys: ["ssh-ed25519 AAAA"] } } } }],
    bad: [
      [
        [{ type: types.VM, props: { initialization: { userAccount: { password: UNKNOWN } } } }],
        "it should hold no password that may lie open in the state: set userAccount.keys instead.",
      ],
    ],
  },
  "guests-elsewhere-apart": {
    good: [
      {
        type: types.RESTORED_GUEST,
        props: {
          guest: "vm:3140",
          configuration: { net0: "virtio=BC:24:11:00:00:01,bridge=lan,tag=3001", onboot: "0" },
        },
      },
      { type: types.VM, props: { vmId: 3141, networkDevices: [{ bridge: "dr0" }] } },
    ],
    config: { vlans: [200, 210] },
    bad: [
      [
        [{ type: types.RESTORED_GUEST, props: { configuration: { net1: "virtio,bridge=lan,tag=210" } } }],
        "it must not be in VLAN 210, which is the owner's: set another VLAN in networks.",
      ],
      [
        [{ type: types.VM, props: { networkDevices: [{ bridge: "lan", vlanId: 200 }] } }],
        "it must not be in VLAN 200, which is the owner's: set another VLAN in networks.",
      ],
    ],
  },
};
