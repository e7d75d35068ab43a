import { flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, VMID } from "./common";

/** Config. */
export const READ_VM_CONFIG: Parameters = {
  current: optional(flag()),
  node: NODE,
  snapshot: optional(text({ format: "pve-configid", maxLength: 40 })),
  vmid: VMID,
};

/** Virtual machines of a node. */
export const LIST_VMS: Parameters = {
  full: optional(flag()),
  node: NODE,
};

/** Start. */
export const START_VM: Parameters = {
  "force-cpu": optional(text()),
  machine: optional(text({ format: "property-string" })),
  migratedfrom: optional(NODE),
  migration_network: optional(text({ format: "CIDR" })),
  migration_type: optional(oneOf("secure", "insecure")),
  "nets-host-mtu": optional(text({ pattern: "net\\d+=\\d+(,net\\d+=\\d+)*" })),
  node: NODE,
  skiplock: optional(flag()),
  stateuri: optional(text({ maxLength: 128 })),
  targetstorage: optional(text({ format: "storage-pair-list" })),
  timeout: optional(integer({ minimum: 0 })),
  vmid: VMID,
  "with-conntrack-state": optional(flag()),
};

/** Stop. */
export const STOP_VM: Parameters = {
  keepActive: optional(flag()),
  migratedfrom: optional(NODE),
  node: NODE,
  "overrule-shutdown": optional(flag()),
  skiplock: optional(flag()),
  timeout: optional(integer({ minimum: 0 })),
  vmid: VMID,
};

/** Shutdown. */
export const SHUTDOWN_VM: Parameters = {
  forceStop: optional(flag()),
  keepActive: optional(flag()),
  node: NODE,
  skiplock: optional(flag()),
  timeout: optional(integer({ minimum: 0 })),
  vmid: VMID,
};

/** Destruction. */
export const DELETE_VM: Parameters = {
  "destroy-unreferenced-disks": optional(flag()),
  node: NODE,
  purge: optional(flag()),
  skiplock: optional(flag()),
  vmid: VMID,
};

/** Config. */
export const READ_CONTAINER_CONFIG: Parameters = {
  current: optional(flag()),
  node: NODE,
  snapshot: optional(text({ format: "pve-configid", maxLength: 40 })),
  vmid: VMID,
};

/** Start. */
export const START_CONTAINER: Parameters = {
  debug: optional(flag()),
  node: NODE,
  skiplock: optional(flag()),
  vmid: VMID,
};

/** Stop. */
export const STOP_CONTAINER: Parameters = {
  node: NODE,
  "overrule-shutdown": optional(flag()),
  skiplock: optional(flag()),
  vmid: VMID,
};

/** Shutdown. */
export const SHUTDOWN_CONTAINER: Parameters = {
  forceStop: optional(flag()),
  node: NODE,
  timeout: optional(integer({ minimum: 0 })),
  vmid: VMID,
};

/** Destruction. */
export const DELETE_CONTAINER: Parameters = {
  "destroy-unreferenced-disks": optional(flag()),
  force: optional(flag()),
  node: NODE,
  purge: optional(flag()),
  vmid: VMID,
};

/** Start of all that start with their node. */
export const START_ALL_GUESTS: Parameters = {
  force: optional(flag()),
  "max-workers": optional(integer({ minimum: 1, maximum: 64 })),
  node: NODE,
  vms: optional(text({ format: "pve-vmid-list" })),
};
