import { flag, optional, text, type Parameters } from "../../core/specification";
import { NODE, VMID } from "./common";

const NAME = text({ format: "pve-configid", maxLength: 40 });
const GUEST: Parameters = { node: NODE, vmid: VMID };

/** All snapshots of a guest. */
export const LIST_SNAPSHOTS: Parameters = GUEST;
/** A new one of a container. */
export const SNAPSHOT_CONTAINER: Parameters = { ...GUEST, description: optional(text()), snapname: NAME };
/** A new one of a virtual machine. */
export const SNAPSHOT_VM: Parameters = { ...SNAPSHOT_CONTAINER, vmstate: optional(flag()) };
/** One that is to go. */
export const DELETE_SNAPSHOT: Parameters = { ...GUEST, force: optional(flag()), snapname: NAME };
/** Back to one. */
export const ROLL_BACK: Parameters = { ...GUEST, snapname: NAME, start: optional(flag()) };
