import { resourceRule } from "./rule";
import { PROXMOX_ZFS } from "./types";

/** What PVE does not tell of a pool that is there, or tells in other words: each makes the pool anew. */
const FIXED = ["devices", "raidlevel", "ashift", "compression", "addStorage", "draidConfig"] as const;

/**
 * The engine's resource for a pool can destroy it and wipe its disks, and takes almost any change for a new pool.
 * Source: bpg, node disk zfs: destroying it is \`zpool destroy\`.
 */
export const poolKeepsDisks = resourceRule(
  { name: "pool-keeps-disks", description: "A pool that leaves the program stays on its disks." },
  [PROXMOX_ZFS],
  ({ name, props, opts }) => {
    const wiping = ["cleanupDisks", "cleanupConfig"].filter((field) => props[field] === true);
    const open = FIXED.filter((field) => !opts.ignoreChanges.includes(field));
    return [
      ...(wiping.length === 0
        ? []
        : [`The disks of ${name} must not be wiped: set ${wiping.map((field) => `${field}: false`).join(", ")}.`]),
      ...(open.length === 0
        ? []
        : [`${name} must never be made anew: add ${open.map((field) => `"${field}"`).join(", ")} to ignoreChanges.`]),
    ];
  },
);
