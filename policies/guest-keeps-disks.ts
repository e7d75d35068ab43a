import { resourceRule } from "./rule";
import { VM } from "./types";

/** Taking a guest out of a program must take no disk, no backup job and no replica with it, nor restart it. */
export const guestKeepsDisks = resourceRule(
  { name: "guest-keeps-disks", description: "A guest that leaves the program leaves its disks and jobs." },
  [VM],
  ({ name, props }) => {
    const wrong = ["purgeOnDestroy", "deleteUnreferencedDisksOnDestroy", "rebootAfterUpdate"].filter(
      (field) => props[field] !== false,
    );
    if (wrong.length === 0) return [];
    return [
      `${name} must keep its disks and jobs, and run on: set ${wrong.map((field) => `${field}: false`).join(", ")}.`,
    ];
  },
);
