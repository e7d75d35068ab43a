import { strict as assert } from "node:assert";

import * as z from "zod";

import { mintBackupKey } from "../../../provider/keys/backup-key";
import { as, onPbs, ownerOf, succeeds } from "./client";
import { type Door } from "./door";
import { type Stolen, type Thief } from "./thief";

const NOTHING = z.unknown();
/** A group of the nodes' login, in which dates are tried. It is in every copy. */
const CANARY = "canary";
const FAR = Math.floor(Date.UTC(2096, 0, 1) / 1_000);
/** Copies take only what is encrypted, with whatever key. */
const KEY = mintBackupKey().json;

/**
 * Whether the next backup is kept out of a datastore with any of the logins: by a date ahead, or by a datastore that takes none. It is
 * let in again after.
 */
export async function keptOut({ logins }: Thief, door: Door, home: Door): Promise<boolean> {
  for (const login of logins) {
    // A bucket that takes no deletions would keep the date; that one at home goes on to it is tried by itself.
    const isDated = door.bucket === undefined && (await datedAhead(login, door));
    const isClosed = await succeeds(maintenance(door, login, { "maintenance-mode": "type=read-only" }));
    if (!isDated && !isClosed) continue;
    const isKeptOut = !(await arrives(door, home));
    if (isClosed) await maintenance(door, ownerOf(door), { delete: ["maintenance-mode"] });
    if (isDated) await forgetAhead(door);
    // Else something other than the thief kept it out.
    assert.ok(await arrives(door, home), `nothing comes to ${door.copy} any more`);
    if (isKeptOut) return true;
  }
  return false;
}

/** Whether any login dates a backup of the nodes' ahead at home. Its date is taken away again. */
export async function datesAhead({ logins }: Thief, home: Door): Promise<boolean> {
  for (const login of logins) {
    if (!(await datedAhead(login, home))) continue;
    await forgetAhead(home);
    return true;
  }
  return false;
}

/** Whether a date ahead at home goes on to a copy, and keeps later ones out of it when it is gone from home again. */
export async function spreads(door: Door, home: Door): Promise<boolean> {
  const id = `ahead-${door.store}`;
  const owner = ownerOf(home);
  assert.ok(await arrives(door, home, id), `nothing comes to ${door.copy}`);
  await write(home, home.writer, FAR, id);
  await runJob(door);
  await onPbs(home, owner, (pbs) => pbs.ask(NOTHING, { ...forget(home), parameters: ofGroup(id, FAR) }));
  const isKeptOut = !(await arrives(door, home, id));
  // So that a look at home finds no date of ours.
  await onPbs(home, owner, (pbs) =>
    pbs.ask(NOTHING, { method: "DELETE", path: `${at(home)}/groups`, parameters: ofGroup(id) }),
  );
  return isKeptOut;
}

/** Dates a backup of the nodes' ahead, and leaves it so. */
export async function dateAhead(home: Door): Promise<void> {
  await write(home, home.writer, FAR);
}

/** Puts the group there in which dates are tried. */
export async function beginCanary(door: Door, home: Door): Promise<void> {
  assert.ok(await arrives(door, home), `nothing comes to ${door.copy}`);
}

/** Runs what brings new backups to a copy; one that comes to a bad end brings none. */
export async function runJob({ job }: Door): Promise<boolean> {
  if (job === undefined) return true;
  return onPbs(job, ownerOf(job), (pbs) =>
    succeeds(
      (async () => {
        const path = `/admin/sync/${job.id}/run`;
        await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters: {} }));
      })(),
    ),
  );
}

/** Whether what the nodes write next is there in the end. */
async function arrives(door: Door, home: Door, id = CANARY): Promise<boolean> {
  later += 1;
  const time = Math.floor(Date.now() / 1_000) - 86_400 + later;
  if (!(await succeeds(write(home, home.writer, time, id)))) return false;
  if (door.job === undefined) return true;
  await runJob(door);
  const found = await onPbs(door, ownerOf(door), (pbs) => pbs.snapshots(door.store));
  return found.some((one) => one["backup-id"] === id && one["backup-time"] === time);
}

/** Each trial is dated later than the one before. */
let later = 0;

/** Tries to date a backup ahead, also by taking the group over first. */
async function datedAhead(login: Stolen, door: Door): Promise<boolean> {
  if (await succeeds(write(door, login, FAR))) return true;
  const groups = await onPbs(door, ownerOf(door), (pbs) =>
    pbs.ask(GROUPS, { method: "GET", path: `${at(door)}/groups` }),
  );
  const { owner = "" } = groups.find((one) => one["backup-id"] === CANARY) ?? {};
  const hand = (who: Stolen, to: string) =>
    onPbs(door, who, (pbs) =>
      pbs.ask(NOTHING, {
        method: "POST",
        path: `${at(door)}/change-owner`,
        parameters: { ...ofGroup(CANARY), "new-owner": to },
      }),
    );
  if (owner === login.authId || !(await succeeds(hand(login, login.authId)))) return false;
  const isDated = await succeeds(write(door, login, FAR));
  await hand(ownerOf(door), owner);
  return isDated;
}

const GROUPS = z.array(z.looseObject({ "backup-id": z.string(), owner: z.string().optional() }));

function at({ store }: Door): string {
  return `/admin/datastore/${store}`;
}

async function forgetAhead(door: Door): Promise<void> {
  const parameters = ofGroup(CANARY, FAR);
  await onPbs(door, ownerOf(door), (pbs) => pbs.ask(NOTHING, { ...forget(door), parameters }));
}

function write(door: Door, login: Stolen, time: number, id = CANARY): Promise<void> {
  const blobs = { "x.conf": Buffer.from("x") };
  return as(door, login).backup({ type: "host", id, time, blobs, images: {}, key: KEY });
}

function maintenance(door: Door, login: Stolen, parameters: Record<string, string | string[]>): Promise<unknown> {
  const path = `/config/datastore/${door.store}`;
  return onPbs(door, login, (pbs) => pbs.ask(NOTHING, { method: "PUT", path, parameters }));
}

function forget(door: Door) {
  return { method: "DELETE" as const, path: `${at(door)}/snapshots` };
}

function ofGroup(id: string, time?: number) {
  return { "backup-type": "host", "backup-id": id, ...(time !== undefined && { "backup-time": time }) };
}
