import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { type DrillPlan } from "../../estate/drill-plan";
import { REBUILD_FILE } from "../../estate/rebuild-plan";
import { parseGuestId } from "../../estate/units/guest-id";
import { cardsOf } from "../../planning/host/network-card";
import { authIdOf } from "../../provider/clients/login";
import {
  DRILL_BRIDGE_PRIVILEGES,
  DRILL_GUEST_PRIVILEGES,
  DRILL_STORAGE_PRIVILEGES,
  PVE_ROLES,
} from "../../provider/rights/pve-rights";
import { get } from "../observe/site";
import { type DrillOrder } from "./order";
import { storagesFor, type ChosenGuest } from "./selection";

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

/** A path of PVE's rights, and what the drill takes on it. */
interface Right {
  readonly path: string;
  readonly privileges: readonly string[];
}

/**
 * What a drill of these guests takes, and nothing else: on the numbers that they get, on the storages of their disks, and on the bridges
 * on which they are read back.
 */
export function rightsFor(chosen: readonly ChosenGuest[], bridge: string | undefined): Right[] {
  const storages = new Set(chosen.flatMap(storagesFor));
  const homes = chosen.flatMap(({ lines }) => cardsOf(lines).flatMap(({ place }) => place?.bridge ?? []));
  const bridges = bridge === undefined ? new Set(homes) : [bridge];
  return [
    ...chosen.map(({ guest }) => ({ path: `/vms/${parseGuestId(guest).vmid}`, privileges: DRILL_GUEST_PRIVILEGES })),
    ...[...storages].map((storage) => ({ path: `/storage/${storage}`, privileges: DRILL_STORAGE_PRIVILEGES })),
    ...[...bridges].map((one) => ({ path: `/sdn/zones/localnetwork/${one}`, privileges: DRILL_BRIDGE_PRIVILEGES })),
  ];
}

/** Said by name before anything is restored: half of the rights would leave half of a drill. */
export async function demandRights({ pve, bridge }: DrillOrder, chosen: readonly ChosenGuest[]): Promise<void> {
  const lacking: Right[] = [];
  for (const { path, privileges } of rightsFor(chosen, bridge)) {
    const own = await pve.privileges(path);
    const missing = privileges.filter((privilege) => !(privilege in own));
    if (missing.length > 0) lacking.push({ path, privileges: missing });
  }
  if (lacking.length === 0) return;
  const [user = "<user>"] = authIdOf(pve.server.login).split("!");
  throw new Error(
    `The login lacks rights; nothing was restored:\n` +
      `${lacking.map(({ path, privileges }) => `  - ${privileges.join(", ")} on ${path}`).join("\n")}\n` +
      `Cure: as root on a node,\n${grantLines(user, lacking)
        .map((line) => `  ${line}`)
        .join("\n")}`,
  );
}

/** Commands that give what is missing. What a path has of its own goes before what it has from above, so both stand there. */
function grantLines(user: string, lacking: readonly Right[]): string[] {
  const numbers = lacking.flatMap(({ path }) => (path.startsWith("/vms/") ? path.slice("/vms/".length) : []));
  const others = lacking.filter(({ path }) => !path.startsWith("/vms/"));
  const role = ({ path }: Right) =>
    path.startsWith("/storage/") ? `${PVE_ROLES.apply},PVEDatastoreUser` : "PVESDNUser";
  return [
    ...(numbers.length === 0
      ? []
      : [
          `pveum role add ${PVE_ROLES.drill} -privs "${DRILL_GUEST_PRIVILEGES.join(" ")}"`,
          `for n in ${numbers.join(" ")}; do pveum acl modify /vms/$n --users ${user} --roles ${PVE_ROLES.drill}; done`,
        ]),
    ...others.map((right) => `pveum acl modify ${right.path} --users ${user} --roles ${role(right)}`),
  ];
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

/**
 * A pool that runs full stops every guest on it. There has to be room for what is there at once, and for the largest of it once more:
 * the whole of a drill on a bridge, and one guest after the other where each is alone.
 */
export async function rejectTight({ pve: { ask }, bridge }: DrillOrder, chosen: readonly ChosenGuest[]): Promise<void> {
  for (const one of chosen) {
    const path = `/nodes/${encodeURIComponent(one.node)}/storage`;
    const pools = await get(ask, STORAGES, path, { content: "images" });
    const own = storagesFor(one);
    const least = Math.min(...pools.filter(({ storage }) => own.includes(storage)).map(({ avail = 0 }) => avail));
    const there =
      bridge === undefined ? [one] : chosen.filter((other) => storagesFor(other).some((two) => own.includes(two)));
    const bytes = there.reduce((sum, other) => sum + other.bytes, 0) + Math.max(...there.map((other) => other.bytes));
    if (least >= bytes) continue;
    const names = there.map(({ name }) => name).join(", ");
    throw new Error(
      `${names} take up to ${bytes} bytes with what has to stay free, and ${own.join(", ")} of ${one.node} has ${least}; ` +
        "nothing was restored.\nCure: --storage or --node with more room, or fewer guests at once (--guest, --count).",
    );
  }
}
