import { decimal, flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, VMID } from "./common";

/** A virtual machine goes to another node. */
export const MIGRATE_VM: Parameters = {
  bwlimit: optional(integer({ minimum: 0 })),
  force: optional(flag()),
  migration_network: optional(text({ format: "CIDR" })),
  migration_type: optional(oneOf("secure", "insecure")),
  node: NODE,
  online: optional(flag()),
  target: NODE,
  targetstorage: optional(text({ format: "storage-pair-list" })),
  vmid: VMID,
  "with-conntrack-state": optional(flag()),
  "with-local-disks": optional(flag()),
};

/** A container goes to another node. */
export const MIGRATE_CONTAINER: Parameters = {
  bwlimit: optional(decimal({ minimum: 0 })),
  node: NODE,
  online: optional(flag()),
  restart: optional(flag()),
  target: NODE,
  "target-storage": optional(text({ format: "storage-pair-list" })),
  timeout: optional(integer()),
  vmid: VMID,
};

/** A watched guest goes to another node. */
export const MIGRATE_RESOURCE: Parameters = { node: NODE, sid: text({ format: "pve-ha-resource-or-vm-id" }) };
