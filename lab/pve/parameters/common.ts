import { decimal, integer, optional, text } from "../../core/specification";

/** Name of a node. */
export const NODE = text({ format: "pve-node" });

/** Id of a guest. */
export const VMID = integer({ format: "pve-vmid", minimum: 100, maximum: 999_999_999 });

/** Id of a storage. */
export const STORAGE = text({ format: "pve-storage-id" });

/** A user with its realm, `root@pam`. */
export const USERID = text({ format: "pve-userid", maxLength: 64 });

/** Name of an API token, without its user. */
export const TOKENID = text({ pattern: "(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+)" });

/** Id of a backup job that exists. */
export const JOB_ID = text({ pattern: "\\S+", maxLength: 50 });

const KIB_PER_SECOND = optional(decimal({ minimum: 0 }));

/** Keys of a bandwidth limit, in KiB/s. */
export const BANDWIDTH_LIMITS = {
  clone: KIB_PER_SECOND,
  default: KIB_PER_SECOND,
  migration: KIB_PER_SECOND,
  move: KIB_PER_SECOND,
  restore: KIB_PER_SECOND,
};
