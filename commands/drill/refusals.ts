import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { REBUILD_FILE } from "../../estate/rebuild-plan";
import { type PveClient } from "../../provider/clients/pve-client";
import { DRILL_PRIVILEGES, PVE_ROLES } from "../../provider/rights/pve-rights";
import { get } from "../observe/site";
import { type DrillOrder } from "./order";

/** A rebuild and a drill would take each other's room, and each other's place in a person's head. */
export function rejectRebuild(siteFolder: string): void {
  if (!existsSync(join(siteFolder, REBUILD_FILE))) return;
  throw new Error("A rebuild of this site is not at its end; nothing was touched.\nCure: make rebuild, which goes on.");
}

/** Two drills at once would take each other's guests for remains. */
export function rejectLiving({ process: { host, pid } }: DrillPlan): void {
  if (host === hostname() && !isRunning(pid)) return;
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  throw new Error(
    `A drill of this site is under way, by ${where}; nothing was touched.\n` +
      `Cure: wait for it. If it is certain that it is dead, write this machine's name into drill.json: ${hostname()}.`,
  );
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Said by name before anything is asked of PVE: half of the rights would leave half of a drill. */
export async function demandRights({ pve, choices: { from } }: DrillOrder): Promise<void> {
  const own = await pve.privileges(`/vms/${from}`);
  const bridges = await pve.privileges("/sdn/zones/localnetwork");
  const missing = DRILL_PRIVILEGES.filter((one) =>
    one.startsWith("VM.") ? !(one in own) : one === "SDN.Use" && !(one in bridges),
  );
  if (missing.length === 0) return;
  throw new Error(
    `The login lacks ${missing.join(", ")}, for /vms/${from} and the bridges of the nodes; nothing was touched.\n` +
      `Cure: on a node, pveum role add ${PVE_ROLES.drill} -privs "${DRILL_PRIVILEGES.join(" ")}", then ` +
      `pveum acl modify / -user <the login's user> -role ${PVE_ROLES.apply},${PVE_ROLES.drill}.`,
  );
}

/** An entry of the drill's name that no drill wrote down is somebody's, with a key that may be nowhere else. */
export async function rejectTaken({ pve, source: { storage, made } }: DrillOrder): Promise<void> {
  if (!made || !(await pve.storages()).some((entry) => entry.storage === storage)) return;
  throw new Error(
    `The storage "${storage}" is there, and no drill of this site made it; nothing was changed.\n` +
      `Cure: if nobody needs it and its key, pvesm remove ${storage}; backups are not touched by that.`,
  );
}

const STORAGES = z.array(z.looseObject({ storage: z.string(), avail: z.number().optional() }));

/** A pool that runs full stops every guest on it: what a drill takes has to be there twice over. */
export async function rejectTight({ ask }: PveClient, chosen: readonly DrilledGuest[]): Promise<void> {
  for (const { node, name, bytes, storage } of chosen) {
    const path = `/nodes/${encodeURIComponent(node)}/storage`;
    const pools = (await get(ask, STORAGES, path, { content: "images" })).filter(
      (pool) => storage === undefined || pool.storage === storage,
    );
    const least = Math.min(...pools.map(({ avail = 0 }) => avail));
    if (least >= 2 * bytes) continue;
    throw new Error(
      `${name} takes up to ${bytes} bytes, and a storage of ${node} has ${least} left; nothing was restored.\nCure: --storage or --node with more room.`,
    );
  }
}
