import * as z from "zod";

import { type Ran } from "../clients/guest-agent";
import { demandSight, type Site } from "./site";

/** Inputs of whatever is set up inside a virtual machine through its guest agent. */
export const MACHINE_INPUTS = {
  vmid: z.number().int().min(100).describe("The virtual machine. **Cannot be changed.**"),
  machine: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/, "expected a name of letters, digits, - and .")
    .describe("Its name in PVE: another machine under that number is not touched."),
};

const VMS = z.array(z.looseObject({ vmid: z.number().optional(), node: z.string(), name: z.string().optional() }));

/** Node on which a virtual machine is now, and its name; undefined only when it is certain that there is none. */
export async function machineAt(site: Site, vmid: number): Promise<z.infer<typeof VMS>[number] | undefined> {
  const machines = await site.pve().ask(VMS, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
  const found = machines.find((machine) => machine.vmid === vmid);
  if (found === undefined) await demandSight(site.pve(), `/vms/${vmid}`, "VM.Audit");
  return found;
}

/** The end of what a script inside a machine said of its failure. */
export function lastLines(stderr: Ran["stderr"]): string {
  return stderr.trim().split("\n").slice(-3).join("; ") || "it said nothing";
}
