import { type Connection } from "../connection";
import { messageOf } from "../refusal";
import { type Datastore } from "../store/datastore";
import { MANIFEST_NAME } from "../store/manifest";
import { type GroupId, groupName, type SnapshotId, snapshotName } from "../store/snapshot-id";
import { passes } from "./group-filter";
import { isWhollyEncrypted } from "./pull-snapshot";
import { RemoteSource } from "./remote-source";

/** What one run of a job that pushes sends. */
export interface PushOrder {
  /** Namespace here; empty for the root. */
  readonly ns: string;
  /** Datastore over there. */
  readonly remoteStore: string;
  /** Namespace over there; empty for the root. */
  readonly remoteNs: string;
  /** Filters of groups. */
  readonly filters: readonly string[];
  /** Whether only snapshots go of which every file is encrypted. */
  readonly encryptedOnly: boolean;
}

/** One run at work. */
export interface Push {
  /** Where the snapshots lie. */
  readonly source: Datastore;
  /** HTTPS to where they go, with the remote's login. */
  readonly connection: Connection;
  /** What it sends. */
  readonly order: PushOrder;
  /** Adds a line to the task's log. */
  readonly log: (line: string) => void;
}

/**
 * Sends one namespace to another server, as new backups of the remote's login. A group that fails fails alone, and the run at its end.
 * What is gone here stays there: the lab pushes without `remove-vanished`.
 * @throws {Error} In the words of PBS 4.2.
 */
export async function push(run: Push): Promise<void> {
  const { source, order, log } = run;
  const groups = source.groups(order.ns).filter((group) => passes(order.filters, group));
  log(`Found ${groups.length} groups to sync (out of ${source.groups(order.ns).length} total)`);
  let failures = 0;
  for (const group of groups) {
    try {
      await pushGroup(run, group);
    } catch (error) {
      failures += 1;
      log(`sync group ${groupName(group)} failed - ${messageOf(error)}`);
    }
  }
  if (failures > 0) throw new Error("sync failed with some errors.");
}

async function pushGroup(run: Push, group: GroupId): Promise<void> {
  const { source, connection, order, log } = run;
  const there = await new RemoteSource(connection, order.remoteStore).snapshots({ ...group, ns: order.remoteNs });
  const newest = there.at(-1)?.time ?? 0;
  for (const snapshot of source.snapshots(group).toReversed()) {
    if (snapshot.time <= newest) continue;
    if (order.encryptedOnly && !isWhollyEncrypted(source.manifest(snapshot))) continue;
    log(`sync snapshot ${snapshotName(snapshot)}`);
    await pushSnapshot(run, snapshot);
  }
}

async function pushSnapshot({ source, connection, order }: Push, snapshot: SnapshotId): Promise<void> {
  const { type, id, time } = snapshot;
  const send = (method: "POST" | "PUT" | "DELETE", path: string, body?: Buffer | string) =>
    connection.send({ method, path: `/lab-backup/${path}`, ...(body !== undefined && { body }) });
  const start = JSON.stringify({ store: order.remoteStore, ns: order.remoteNs, type, id, time });
  const { session } = JSON.parse((await send("POST", "sessions", start)).toString("utf8")) as { session: string };
  const at = `sessions/${session}`;
  try {
    const { files } = source.manifest(snapshot);
    for (const { filename } of files) {
      const index = source.indices(snapshot).get(filename);
      for (const digest of index === undefined ? [] : await missing(send, at, index.digests))
        await send("PUT", `${at}/chunks/${digest}`, await source.chunks.get(digest));
      await send("PUT", `${at}/files/${encodeURIComponent(filename)}`, source.file(snapshot, filename));
    }
    await send("PUT", `${at}/files/${MANIFEST_NAME}`, source.file(snapshot, MANIFEST_NAME));
    await send("POST", `${at}/finish`);
  } catch (error) {
    await send("DELETE", at).catch(() => undefined);
    throw error;
  }
}

async function missing(
  send: (method: "POST", path: string, body: string) => Promise<Buffer>,
  at: string,
  digests: readonly string[],
): Promise<string[]> {
  const answer = await send("POST", `${at}/missing`, JSON.stringify([...new Set(digests)]));
  return JSON.parse(answer.toString("utf8")) as string[];
}
