import { flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, STORAGE, VMID } from "./common";

/** Storages of a node. */
export const LIST_NODE_STORAGES: Parameters = {
  content: optional(text({ format: "pve-storage-content-list" })),
  enabled: optional(flag()),
  format: optional(flag()),
  node: NODE,
  storage: optional(STORAGE),
  target: optional(NODE),
};

/** Content. */
export const LIST_CONTENT: Parameters = {
  content: optional(text({ format: "pve-storage-content" })),
  node: NODE,
  storage: STORAGE,
  vmid: optional(VMID),
};

/** A volume. */
export const READ_CONTENT: Parameters = {
  node: NODE,
  storage: optional(STORAGE),
  volume: text(),
};

/** What is in a backup. */
export const LIST_FILES: Parameters = {
  filepath: text(),
  node: NODE,
  storage: STORAGE,
  volume: text(),
};

/** A volume's end. */
export const DELETE_CONTENT: Parameters = {
  delay: optional(integer({ minimum: 1, maximum: 30 })),
  node: NODE,
  storage: optional(STORAGE),
  volume: text(),
};

/** Disks. */
export const LIST_DISKS: Parameters = {
  "include-partitions": optional(flag()),
  node: NODE,
  skipsmart: optional(flag()),
  type: optional(oneOf("unused", "journal_disks")),
};

/** A pool. */
export const READ_POOL: Parameters = {
  name: STORAGE,
  node: NODE,
};

/** Tasks. */
export const LIST_TASKS: Parameters = {
  errors: optional(flag()),
  limit: optional(integer({ minimum: 0 })),
  node: NODE,
  since: optional(integer()),
  source: optional(oneOf("archive", "active", "all")),
  start: optional(integer({ minimum: 0 })),
  statusfilter: optional(text({ format: "pve-task-status-type-list" })),
  typefilter: optional(text()),
  until: optional(integer()),
  userfilter: optional(text()),
  vmid: optional(VMID),
};

/** A task. */
export const READ_TASK: Parameters = {
  node: NODE,
  upid: text(),
};

/** A task's log. */
export const READ_TASK_LOG: Parameters = {
  download: optional(flag()),
  limit: optional(integer({ minimum: 0 })),
  node: NODE,
  start: optional(integer({ minimum: 0 })),
  upid: text(),
};

/** Networks. */
export const LIST_NETWORK: Parameters = {
  node: NODE,
  type: optional(
    oneOf(
      "bridge",
      "bond",
      "eth",
      "alias",
      "vlan",
      "fabric",
      "OVSBridge",
      "OVSBond",
      "OVSPort",
      "OVSIntPort",
      "vnet",
      "any_bridge",
      "any_local_bridge",
      "include_sdn",
    ),
  ),
};
