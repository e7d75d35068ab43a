import * as z from "zod";

import { type PveClient } from "../provider/clients/pve-client";
import { guestNow, pathOf, snapshotsOf, type GuestNow } from "./before-update/guest-now";
import { isOverdue, newSnapshot, ownSnapshots } from "./before-update/snapshot-name";
import { snapshotsOn } from "./restore/snapshot";

/** What is to be made before an update. */
export interface UpdateOrder {
  /** The node's API, or that of any node of its cluster. */
  readonly pve: PveClient;
  /** Name or VMID of the guest. */
  readonly guest: string;
  /** Storage entry of the backups, for a guest of which no snapshot can be taken. */
  readonly storage: string;
  /** Days for which a snapshot is wanted. */
  readonly days: number;
  /** Insists on one of both. @default - a snapshot where one can and may be taken, else a backup */
  readonly by?: Way | undefined;
  /** Now. */
  readonly now: Date;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Called with each line that a person may want to see while they wait. */
  readonly say: (line: string) => void;
}

/** How a guest can go back. */
export type Way = "snapshot" | "backup";

/** What was made, or would be. */
export interface UpdateReport {
  /** The guest's number. */
  readonly vmid: number;
  /** The node that has it. */
  readonly node: string;
  /** How it can go back. */
  readonly by: Way;
  /** Name of the snapshot, or volume of the backup; undefined for a dry run. */
  readonly made: string | undefined;
  /** The command that goes back; undefined for a dry run. */
  readonly goBack: string | undefined;
  /** Why it is no snapshot; empty where it is one. */
  readonly because: readonly string[];
  /** Own snapshots whose day has passed. */
  readonly overdue: readonly string[];
}

const UPID = z.string().startsWith("UPID:");

/**
 * Makes a guest ready for an update that may go wrong: with a snapshot that was looked for after it was taken, or a fresh backup.
 * @throws {Error} With a cure when the guest is locked, a snapshot is insisted on and cannot be, or what was made is not there.
 */
export async function beforeUpdate(order: UpdateOrder): Promise<UpdateReport> {
  const { pve, now, dryRun, say } = order;
  const guest = await guestNow(pve, order.guest);
  rejectLocked(guest);
  const { vmid, node, against } = guest;
  const by = order.by ?? (against.length === 0 ? "snapshot" : "backup");
  if (by === "snapshot" && against.length > 0) {
    throw new Error(
      `No snapshot of ${guest.name} (${vmid}) is taken: ${against.join("; ")}.\nCure: leave --by out, and a fresh backup is made.`,
    );
  }
  const because = by === "snapshot" ? [] : against;
  const overdue = ownSnapshots(guest.snapshots).filter((own) => isOverdue(own, now));
  const report = { vmid, node, by, because, overdue: overdue.map(({ name }) => name) };
  for (const reason of because) say(`No snapshot: ${reason}.`);
  if (dryRun) return { ...report, made: undefined, goBack: undefined };
  return { ...report, ...(by === "snapshot" ? await takeSnapshot(order, guest) : await takeBackup(order, guest)) };
}

type Made = Pick<UpdateReport, "made" | "goBack">;

async function takeSnapshot({ pve, days, now, say }: UpdateOrder, guest: GuestNow): Promise<Made> {
  const { name: snapname, description } = newSnapshot(now, days);
  const request = { path: `${pathOf(guest)}/snapshot`, parameters: { snapname, description } };
  await follow(pve, guest.node, await pve.ask(UPID, { method: "POST", ...request }), say);
  const made = ownSnapshots(await snapshotsOf(pve, guest)).some(({ name }) => name === snapname);
  if (!made) {
    throw new Error(
      `PVE said that the snapshot ${snapname} of ${guest.name} was taken, and does not list it.\n` +
        "Cure: do not update; look at the guest's snapshots in PVE.",
    );
  }
  return { made: snapname, goBack: `${guest.type === "qemu" ? "qm" : "pct"} rollback ${guest.vmid} ${snapname}` };
}

async function takeBackup({ pve, storage, say }: UpdateOrder, guest: GuestNow): Promise<Made> {
  const { vmid, node } = guest;
  const known = new Set((await snapshotsOn(pve.ask, node, storage)).map(({ volume }) => volume));
  const parameters = { vmid, storage, mode: "snapshot", "notes-template": "{{guestname}}" };
  const path = `/nodes/${encodeURIComponent(node)}/vzdump`;
  await follow(pve, node, await pve.ask(UPID, { method: "POST", path, parameters }), say);
  const fresh = (await snapshotsOn(pve.ask, node, storage)).find((one) => one.vmid === vmid && !known.has(one.volume));
  if (fresh === undefined) {
    throw new Error(
      `PVE said that ${guest.name} was backed up, and ${storage} lists no new backup of it.\n` +
        `Cure: do not update; look at the content of ${storage} in PVE.`,
    );
  }
  const before = `--before ${fresh.time.toISOString()}`;
  return { made: fresh.volume, goBack: `restore --guest ${vmid} --to <a free VMID> --node ${node} ${before}` };
}

/** What is to be removed. */
export interface RemovalOrder extends Pick<UpdateOrder, "pve" | "guest" | "dryRun" | "say"> {
  /** The snapshot, by its whole name. */
  readonly snapshot: string;
}

/**
 * Removes one snapshot that this project took, named by whoever runs it. The guest goes on as it is; going back to it is then over.
 * @throws {Error} With a cure when there is no such snapshot, or somebody else took it.
 */
export async function removeUpdateSnapshot({
  pve,
  guest: wanted,
  snapshot,
  dryRun,
  say,
}: RemovalOrder): Promise<GuestNow> {
  const guest = await guestNow(pve, wanted);
  rejectLocked(guest);
  const own = ownSnapshots(guest.snapshots).map(({ name }) => name);
  if (!own.includes(snapshot)) {
    const there = guest.snapshots.some(({ name }) => name === snapshot);
    const what = there ? "was not taken by make before-update" : "is not there";
    const cure = own.length === 0 ? "it has none that this command may remove" : `name one of ${own.join(", ")}`;
    throw new Error(`The snapshot ${snapshot} of ${guest.name} ${what}; nothing was removed.\nCure: ${cure}.`);
  }
  if (dryRun) return guest;
  const path = `${pathOf(guest)}/snapshot/${encodeURIComponent(snapshot)}`;
  await follow(pve, guest.node, await pve.ask(UPID, { method: "DELETE", path }), say);
  return guest;
}

function rejectLocked({ name, vmid, lock }: GuestNow): void {
  if (lock === undefined) return;
  throw new Error(
    `${name} (${vmid}) is locked (${lock}); nothing was done.\nCure: wait until that has ended, and try again.`,
  );
}

function follow(pve: PveClient, node: string, upid: string, say: (line: string) => void): Promise<void> {
  const onLine = (line: string) => {
    say(`  ${line}`);
  };
  return pve.taskEnd(node, upid, { onLine });
}
