import { resourceRule } from "./rule";
import { VM } from "./types";

/** What the provider does by itself, and must not. */
const OFF = ["purgeOnDestroy", "deleteUnreferencedDisksOnDestroy", "rebootAfterUpdate"] as const;

/**
 * Taking a guest out of a program must take no disk, no backup job and no replica with it, nor restart it; PVE itself refuses to remove
 * what is protected. Source: bpg, vm.go, whose defaults purge and reboot.
 */
export const guestKeepsDisks = resourceRule(
  { name: "guest-keeps-disks", description: "A guest that leaves the program leaves its disks and jobs." },
  [VM],
  ({ name, props }) => {
    const cures = [
      ...(props["protection"] === true ? [] : ["protection: true"]),
      ...OFF.filter((field) => props[field] !== false).map((field) => `${field}: false`),
    ];
    return cures.length === 0 ? [] : [`${name} must keep its disks and jobs, and run on: set ${cures.join(", ")}.`];
  },
);
