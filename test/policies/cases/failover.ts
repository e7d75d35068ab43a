import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const vm = { vmId: 101, name: "web" };

/** Rules about what happens when a node dies. */
export const FAILOVER_CASES: Cases = {
  "failover-bound-is-strict": {
    good: [
      { type: types.HA_RULE, props: { strict: true } },
      { type: types.PROXMOX_HA_RULE, props: { type: "resource-affinity" } },
    ],
    bad: [
      [[{ type: types.HA_RULE, props: {} }], "The guests of rule it must start nowhere else: set strict: true."],
      [
        [{ type: types.PROXMOX_HA_RULE, props: { type: "node-affinity", strict: false } }],
        "The guests of rule it must start nowhere else: set strict: true.",
      ],
    ],
  },
  "failover-node-differs": {
    good: [
      { type: types.HA_RULE, props: { nodes: ["a:2", "b:1"] } },
      { type: types.REPLICATION, props: { home: "a", target: "b" } },
    ],
    bad: [
      [
        [{ type: types.HA_RULE, props: { nodes: ["a:2", "a:1"] } }],
        "Rule it must name a second node: add one to nodes.",
      ],
      [
        [{ type: types.REPLICATION, props: { home: "a", target: "a" } }],
        "The replica it must lie on another node: set target to one that is not a.",
      ],
    ],
  },
  "failover-guest-moves": {
    good: [
      { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
      { type: types.VM, props: vm, ignoreChanges: ["nodeName"] },
    ],
    bad: [
      { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
      { type: types.PROXMOX_HA_RESOURCE, props: { resourceId: "vm:101" } },
    ].map((watched) => [
      [watched, { type: types.VM, props: vm }],
      'it must not be replaced after a failover: set ignoreChanges: ["nodeName"].',
    ]),
  },
  "failover-node-has-replica": {
    good: [
      { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
      { type: types.HA_RULE, props: { guests: [UNKNOWN], nodes: ["a:3", "b:2", "c:1"] }, from: { guests: 0 } },
      { type: types.REPLICATION, props: { jobId: "101-0", home: "a", target: "b" } },
      { type: types.REPLICATION, props: { jobId: "101-1", home: "a", target: "c" } },
      {
        type: types.PROXMOX_HA_RULE,
        props: { type: "node-affinity", resources: ["vm:102"], nodes: { a: 2, b: 1 }, strict: true },
      },
      { type: types.PROXMOX_REPLICATION, props: { resourceId: "102-0", target: "b" } },
      // Its disks are where every node reaches them.
      { type: types.HA_RULE, props: { guests: ["vm:103"], nodes: ["a:2", "b:1"] } },
    ],
    config: { guests: [101] },
    bad: [
      [
        [
          { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
          {
            ...{ type: types.HA_RULE, name: "web", from: { guests: 0 } },
            props: { guests: [UNKNOWN], nodes: ["a:3", "b:2", "c:1"] },
          },
          { type: types.REPLICATION, props: { jobId: "101-0", home: "a", target: "b" } },
          { type: types.REPLICATION, props: { jobId: "101-1", home: "a", target: "c", enabled: false } },
        ],
        "Guest 101 must have its disks on each node of rule web: replicate it to c, or take the node out of nodes.",
      ],
      [
        [{ type: types.HA_RULE, name: "web", props: { guests: ["vm:101"], nodes: ["a:2", "b:1"] } }],
        "Guest 101 must have its disks on each node of rule web: replicate it to a, b, or take the node out of nodes.",
      ],
      [
        [
          {
            ...{ type: types.PROXMOX_HA_RULE, name: "web" },
            props: { type: "node-affinity", resources: ["vm:102"], nodes: { a: 2, b: 1, c: 1 } },
          },
          { type: types.PROXMOX_REPLICATION, props: { resourceId: "102-0", target: "b" } },
        ],
        "Guest 102 must have its disks on each node of rule web: replicate it to a, c, or take the node out of nodes.",
      ],
    ],
  },
  "failover-follows-the-cable": {
    good: [
      { type: types.HA_RULE, props: { guests: ["vm:110"], nodes: ["a:2", "b:1"] } },
      { type: types.HA_RULE, props: { guests: ["vm:140"], nodes: ["a:2", "c:1"] } },
    ],
    config: { guests: [110], nodes: ["a", "b"] },
    bad: [
      [
        [{ type: types.HA_RULE, name: "firewall", props: { guests: ["vm:110"], nodes: ["a:2", "c:1"] } }],
        "Guest 110 must run only where the line to the internet is: take c out of nodes of rule firewall, or add the node to wan.nodes once it has the cable.",
      ],
    ],
  },
  "failover-disks-replicate": {
    good: [
      { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
      {
        type: types.VM,
        props: { ...vm, disks: [{ datastoreId: "tanka1" }], efiDisk: { datastoreId: "tanka1" } },
      },
      { type: types.VM, props: { vmId: 102, disks: [{ replicate: false }], tpmState: { datastoreId: "other" } } },
    ],
    bad: [
      [
        [
          { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
          { type: types.VM, props: { ...vm, disks: [{ interface: "scsi1", replicate: false }] } },
        ],
        "All disks of it must be replicated, or it does not come up elsewhere: leave replicate: false out of disk scsi1.",
      ],
      [
        [
          { type: types.PROXMOX_HA_RESOURCE, props: { resourceId: "vm:101" } },
          { type: types.VM, props: { ...vm, disks: [{ datastoreId: "tanka1" }], tpmState: {} } },
        ],
        'All disks of it must be replicated, or it does not come up elsewhere: set tpmState.datastoreId: "tanka1".',
      ],
    ],
  },
  "replica-outlives-failover": {
    good: [{ type: types.PROXMOX_REPLICATION, ignoreChanges: ["target"] }],
    bad: [
      [
        [{ type: types.PROXMOX_REPLICATION }],
        'it must not be made anew after a failover: set ignoreChanges: ["target"], and retainOnDelete: true.',
      ],
    ],
  },
};
