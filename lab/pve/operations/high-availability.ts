import { oneOf, optional, text } from "../../core/specification";
import { type Operation } from "../operation";

const AUDIT = { check: ["perm", "/", ["Sys.Audit"]] } as const;

/** What is watched; nothing yet on any of the lab's sites. Sources: pve-ha-manager, PVE/API2/HA. */
export const HIGH_AVAILABILITY: readonly Operation[] = [
  {
    name: "GET /cluster/ha/resources",
    parameters: { type: optional(oneOf("ct", "vm")) },
    permissions: AUDIT,
    handle: () => [],
  },
  {
    name: "GET /cluster/ha/rules",
    parameters: { resource: optional(text()), type: optional(oneOf("node-affinity", "resource-affinity")) },
    permissions: AUDIT,
    handle: () => [],
  },
];
