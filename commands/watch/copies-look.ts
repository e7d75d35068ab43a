import * as z from "zod";

import { type CopySource } from "../../estate/copy-source-settings";
import { isUnanswered } from "../../provider/clients/api-error";
import { userOf } from "../../provider/clients/login";
import { type PbsClient } from "../../provider/clients/pbs-client";
import { FETCHED_DAYS, type SeenCopies } from "./copies";
import { type SeenBackup } from "./harm";
import { AHEAD_MS } from "./hours";

const GARBAGE = z.looseObject({ "disk-bytes": z.number().optional() });
const encode = encodeURIComponent;

/** What the server says of the copies of each site; undefined when it cannot be asked. */
export function seenCopies(
  pbs: PbsClient | undefined,
  sources: readonly CopySource[],
  now: Date,
): Promise<Readonly<Record<string, SeenCopies>> | undefined> {
  if (pbs === undefined) return Promise.resolve(undefined);
  return unlessAway(async () => {
    const states = sources.length === 0 ? [] : await pbs.syncStates();
    const pairs = sources.map(async ({ name, into }): Promise<readonly (readonly [string, SeenCopies])[]> => {
      const job = states.find(({ id }) => id === name);
      if (job === undefined) return [];
      const { "last-run-state": state, "last-run-endtime": ended } = job;
      const all = (await backupsIn(pbs, into.datastore)).map(({ time }) => time.getTime());
      // One that is dated ahead says nothing of when the last came in; it is said by itself.
      const times = all.filter((time) => time <= now.getTime() + AHEAD_MS);
      const newest = times.length === 0 ? undefined : new Date(Math.max(...times));
      const path = `/admin/datastore/${encode(into.datastore)}/gc`;
      const { "disk-bytes": bytes } = await pbs.ask(GARBAGE, { method: "GET", path });
      return [[name, { state, ended: ended === undefined ? undefined : new Date(ended * 1_000), newest, bytes }]];
    });
    return Object.fromEntries((await Promise.all(pairs)).flat());
  });
}

/** Last moment at which each user began to read a backup; undefined when the server cannot be asked. */
export function lastFetched(
  pbs: PbsClient | undefined,
  now: Date,
): Promise<Readonly<Record<string, Date>> | undefined> {
  if (pbs === undefined) return Promise.resolve(undefined);
  return unlessAway(async () => {
    const tasks = await pbs.readerTasks(Math.floor(now.getTime() / 1_000) - FETCHED_DAYS * 86_400);
    // Oldest first, so that the newest of each stays.
    const pairs = tasks
      .toSorted((a, b) => a.starttime - b.starttime)
      .map(({ user, starttime }) => [userOf(user), new Date(starttime * 1_000)] as const);
    return Object.fromEntries(pairs);
  });
}

/** Every backup of every datastore; none when the server cannot be asked, which is said elsewhere. */
export async function seenBackups(pbs: PbsClient | undefined): Promise<SeenBackup[]> {
  if (pbs === undefined) return [];
  const seen = await unlessAway(async () => {
    const stores = await pbs.datastores();
    return (await Promise.all(stores.map(({ name }) => backupsIn(pbs, name)))).flat();
  });
  return seen ?? [];
}

async function backupsIn(pbs: PbsClient, store: string): Promise<SeenBackup[]> {
  const namespaces = await pbs.namespaces(store, "");
  const all = await Promise.all(
    namespaces.map(async (namespace) => (await pbs.snapshots(store, namespace)).map((one) => ({ namespace, one }))),
  );
  return all.flat().map(({ namespace, one }) => ({
    store,
    namespace,
    group: `${one["backup-type"]}/${one["backup-id"]}`,
    time: new Date(one["backup-time"] * 1_000),
    isProtected: one.protected === true,
    isBroken: one.verification?.state === "failed",
  }));
}

async function unlessAway<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isUnanswered(error)) return undefined;
    throw error;
  }
}
