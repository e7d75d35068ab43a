import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { nodeFile } from "../../core/own-root";
import { startGuestsOf } from "../operations/start-all";
import { type PveNode } from "../node";

/** A node that stands alone loses its power: what ran on it is gone at once, and what stands on it answers nothing. */
export async function losePower(node: PveNode): Promise<void> {
  for (const { vmid } of node.allGuests().filter(({ running }) => running)) await node.systems.stop(vmid);
  switchMachines(node, true);
  node.site.events.record(node.name, "power", "off");
}

/** It gets power and boots: its early units, its guests, its other units, as systemd has them in order. */
export async function getPower(node: PveNode): Promise<void> {
  if (!node.machine.isUnplugged) return;
  switchMachines(node, false);
  forgetMemory(node);
  node.site.events.record(node.name, "power", "on");
  const mayStart = await node.machine.startUnits("before-guests");
  if (mayStart) {
    const vmids = node.allGuests().map(({ vmid }) => vmid);
    await node.tasks.ended(startGuestsOf(node, "root@pam", vmids));
  }
  await node.machine.startUnits("after-guests");
}

/** A backup server that stands on the node goes with it. */
function switchMachines({ site, machine }: PveNode, isOff: boolean): void {
  for (const one of site.machines.values()) if (one.address === machine.address) one.isUnplugged = isOff;
}

/** What lies below /run is memory. */
export function forgetMemory({ site, name }: PveNode): void {
  const run = nodeFile(site, name, "/run");
  for (const entry of existsSync(run) ? readdirSync(run) : []) rmSync(join(run, entry), { recursive: true });
  mkdirSync(join(run, "lock"), { recursive: true });
}
