import { integer, list, optional, text, type Parameters } from "../../core/specification";
import { NODE, VMID } from "./common";

/** Whether it answers. */
export const PING: Parameters = { node: NODE, vmid: VMID };

/** A program to run. */
export const EXEC: Parameters = {
  command: list(text()),
  "input-data": optional(text({ maxLength: 65536 })),
  node: NODE,
  vmid: VMID,
};

/** How a program is doing. */
export const EXEC_STATUS: Parameters = { node: NODE, pid: integer(), vmid: VMID };

/** Addresses. */
export const INTERFACES: Parameters = { node: NODE, vmid: VMID };
