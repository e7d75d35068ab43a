import { flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, STORAGE, VMID } from "./common";
import { CREATE_VM } from "./virtual-machine";

/** What counts only when a machine is made. */
const ONCE = ["archive", "bwlimit", "ha-managed", "import-working-storage", "live-restore", "pool", "start", "storage"];

const LASTING = Object.entries(CREATE_VM).filter(([name]) => ![...ONCE, "unique", "force"].includes(name));

/** Another config for a virtual machine. */
export const UPDATE_VM: Parameters = {
  ...Object.fromEntries(LASTING),
  delete: optional(text({ format: "pve-configid-list" })),
  digest: optional(text({ maxLength: 40 })),
  force: optional(flag({ requires: "delete" })),
  revert: optional(text({ format: "pve-configid-list" })),
  skiplock: optional(flag()),
};

function numbered(bus: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${bus}${index}`);
}

const DRIVES = [...numbered("ide", 4), ...numbered("scsi", 31), ...numbered("virtio", 16), ...numbered("sata", 6)];

/** A larger disk. */
export const RESIZE_VM: Parameters = {
  digest: optional(text({ maxLength: 40 })),
  disk: oneOf(...DRIVES, "efidisk0", "tpmstate0"),
  node: NODE,
  size: text({ pattern: "\\+?\\d+(\\.\\d+)?[KMGT]?" }),
  skiplock: optional(flag()),
  vmid: VMID,
};

const MOVABLE = [...DRIVES, "efidisk0", "tpmstate0", ...numbered("unused", 256)];

/** A disk at another place, or of another machine. */
export const MOVE_DISK: Parameters = {
  bwlimit: optional(integer({ minimum: 0 })),
  delete: optional(flag()),
  digest: optional(text({ maxLength: 40 })),
  disk: oneOf(...MOVABLE),
  format: optional(oneOf("raw", "qcow2", "vmdk")),
  node: NODE,
  storage: optional(STORAGE),
  "target-digest": optional(text({ maxLength: 40 })),
  "target-disk": optional(oneOf(...MOVABLE)),
  "target-vmid": optional(VMID),
  vmid: VMID,
};

/** The cloud-init drive anew. */
export const WRITE_CLOUD_INIT: Parameters = { node: NODE, vmid: VMID };
