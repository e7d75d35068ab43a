import { resourceRule } from "./rule";
import { PROXMOX_ZFS } from "./types";

/** The engine's resource for a pool can destroy it and wipe its disks. */
export const poolKeepsDisks = resourceRule(
  { name: "pool-keeps-disks", description: "A pool that leaves the program stays on its disks." },
  [PROXMOX_ZFS],
  ({ name, props }) => {
    const wrong = ["cleanupDisks", "cleanupConfig"].filter((field) => props[field] === true);
    return wrong.length === 0
      ? []
      : [`The disks of ${name} must not be wiped: set ${wrong.map((field) => `${field}: false`).join(", ")}.`];
  },
);
