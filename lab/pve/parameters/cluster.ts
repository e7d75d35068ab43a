import { oneOf, optional, text, type Parameters } from "../../core/specification";
import { VMID } from "./common";

/** Resources. */
export const LIST_RESOURCES: Parameters = {
  type: optional(oneOf("vm", "storage", "node", "sdn")),
};

/** A free id. */
export const NEXT_ID: Parameters = {
  vmid: optional(VMID),
};

/** Pools. */
export const LIST_POOLS: Parameters = {
  poolid: optional(text({ format: "pve-poolid" })),
  type: optional(text({ enum: ["qemu", "lxc", "storage"], requires: "poolid" })),
};

/** Storages. */
export const LIST_STORAGES: Parameters = {
  type: optional(
    oneOf(
      "btrfs",
      "cephfs",
      "cifs",
      "dir",
      "esxi",
      "iscsi",
      "iscsidirect",
      "lvm",
      "lvmthin",
      "nfs",
      "pbs",
      "rbd",
      "zfs",
      "zfspool",
    ),
  ),
};
