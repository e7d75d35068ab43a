import { type ServingGuest } from "../../estate/serving-record";
import { parseGuestId } from "../../estate/units/guest-id";
import { isOnlyUnread, unsavedBecause, type SavedEvidence } from "../../planning/host/unsaved";
import { type PveClient } from "../../provider/clients/pve-client";
import {
  MOST_TASKS,
  RestoreClient,
  typeOf,
  type GuestPlace,
  type GuestTask,
} from "../../provider/clients/restore-client";
import { snapshotsOn, type BackupSnapshot } from "../restore/snapshot";

/** A guest on somebody else's node, and whether its newest backup has all that it holds. */
export interface Saved {
  /** The guest. */
  readonly guest: ServingGuest;
  /** Where it is. */
  readonly place: GuestPlace;
  /** Whether it runs. */
  readonly runs: boolean;
  /** Its newest backup. */
  readonly snapshot: BackupSnapshot | undefined;
  /** Why something of it may be in no backup; undefined when its newest one has all. */
  readonly unsaved: string | undefined;
  /** Whether nothing is lacking but that the server reads that backup again. */
  readonly onlyUnread: boolean;
}

/** Looks at guests and their backups; it changes nothing. @param storage Storage entry of their nightly backups. */
export async function savedOf(pve: PveClient, guests: readonly ServingGuest[], storage: string): Promise<Saved[]> {
  const client = new RestoreClient(pve);
  const listed = await client.guests();
  const found: Saved[] = [];
  for (const guest of guests) {
    const { kind, vmid } = parseGuestId(guest.guest);
    const type = typeOf(kind);
    const there = listed.find((one) => one.vmid === vmid && one.type === type);
    if (there === undefined) throw gone(guest);
    const place = { node: there.node, type, vmid };
    const own = (await snapshotsOn(pve.ask, there.node, storage)).filter(
      (one) => one.vmid === vmid && one.kind === kind,
    );
    const [snapshot] = own;
    const evidence = await evidenceOf(client, guest, place, there.status, snapshot);
    const verdict = { unsaved: unsavedBecause(evidence), onlyUnread: isOnlyUnread(evidence) };
    found.push({ guest, place, runs: there.status !== "stopped", snapshot, ...verdict });
  }
  return found;
}

async function evidenceOf(
  client: RestoreClient,
  { since, name }: ServingGuest,
  { node, vmid }: GuestPlace,
  status: string | undefined,
  snapshot: BackupSnapshot | undefined,
): Promise<SavedEvidence> {
  const tasks = await client.tasks(node, Math.floor(Date.parse(since) / 1000));
  if (tasks.length >= MOST_TASKS)
    throw new Error(
      `${node} had more tasks since ${since} than can be read: what was done to ${name} is not known.\n` +
        "Cure: stop it, back it up by hand, and say so to whoever goes on; nothing was changed.",
    );
  const work = tasks
    .filter(({ id }) => id === String(vmid))
    .map(({ type, starttime: start, endtime: end }) => ({ type, start, end }));
  if (snapshot === undefined) return { status, work, backup: undefined };
  const time = Math.floor(snapshot.time.getTime() / 1000);
  const wasOff = await wasOffAt(client, node, vmid, time, tasks);
  return { status, work, backup: { time, verified: snapshot.verified === true, wasOff } };
}

/** Whether the guest was off when a backup of it was taken, by the log of the task that took it. Source: pve-manager, PVE/VZDump.pm. */
async function wasOffAt(client: RestoreClient, node: string, vmid: number, time: number, tasks: readonly GuestTask[]) {
  const dumps = tasks.filter(
    ({ type, starttime, endtime = Infinity }) => type === "vzdump" && starttime <= time && endtime >= time,
  );
  for (const { upid } of dumps) {
    const part = partAbout(await client.log(node, upid), vmid);
    if (part.length > 0) return part.some((line) => line === "INFO: status = stopped");
  }
  return undefined;
}

/** Lines of a backup's log about one guest. */
function partAbout(log: readonly string[], vmid: number): readonly string[] {
  const begin = log.findIndex((line) => line.startsWith(`INFO: Starting Backup of VM ${vmid} `));
  if (begin < 0) return [];
  const next = log.findIndex((line, index) => index > begin && line.startsWith("INFO: Starting Backup of VM "));
  return log.slice(begin, next < 0 ? undefined : next);
}

function gone({ guest, name, node }: ServingGuest): Error {
  return new Error(
    `${guest} ${name} is not on ${node} any more, and nothing says where what it held is.\n` +
      "Cure: if it was taken away on purpose, take it out of serving.json; its backups are where they were.",
  );
}
