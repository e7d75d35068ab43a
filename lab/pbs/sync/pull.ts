import { type BackupServer } from "../backup-server";
import { messageOf } from "../refusal";
import { type Datastore } from "../store/datastore";
import { rejectForeignOwner } from "../store/owner";
import { type GroupId, groupName, snapshotName, timeName } from "../store/snapshot-id";
import { passes } from "./group-filter";
import { isToRepair, pullSnapshot } from "./pull-snapshot";
import { type PullSource, type RemoteSnapshot } from "./remote-source";

/** What one run of a sync job takes, under the job's own names. */
export interface PullOrder {
  /** Datastore that receives. */
  readonly store: string;
  /** Namespace that receives; empty for the root. */
  readonly ns: string;
  /** Namespace over there; empty for the root. */
  readonly remoteNs: string;
  /** Levels of namespaces below it; undefined for all. */
  readonly depth: number | undefined;
  /** Who owns what arrives. */
  readonly owner: string;
  /** Filters of groups. */
  readonly filters: readonly string[];
  /** Most snapshots of a group that one run takes; undefined for all. */
  readonly last: number | undefined;
  /** Whether what is gone over there goes here too. */
  readonly removeVanished: boolean;
  /** Whether only snapshots arrive of which every file is encrypted. */
  readonly encryptedOnly: boolean;
  /** Whether only snapshots arrive that were verified over there. */
  readonly verifiedOnly: boolean;
  /** Whether snapshots that failed their verification here are fetched again. */
  readonly resyncCorrupt: boolean;
}

/** One run at work. */
export interface Pull {
  /** Server that receives. */
  readonly server: BackupServer;
  /** Where the copies come from. */
  readonly source: PullSource;
  /** Where they go. */
  readonly target: Datastore;
  /** Chunks that no index names yet, and that must not be collected. */
  readonly arriving: Set<string>;
  /** What the run takes. */
  readonly order: PullOrder;
  /** Adds a line to the task's log. */
  readonly log: (line: string) => void;
}

/**
 * Copies what the remote's login may read. A group that fails fails alone, and the run with it at its end.
 * @throws {Error} In the words of PBS 4.2.
 */
export async function pull(run: Pull): Promise<void> {
  const { server, order, source, log } = run;
  server.rights.require(order.owner, aclPath(order.store, order.ns), "Datastore.Backup");
  const found = await source.namespaces(order.remoteNs, order.depth);
  let failures = 0;
  for (const ns of found) {
    log("----");
    log(`Syncing ${nameOf(ns)} into ${nameOf(targetNs(order, ns))}`);
    failures += await pullNamespace(run, ns);
  }
  if (failures > 0) throw new Error("sync failed with some errors.");
}

async function pullNamespace(run: Pull, remoteNs: string): Promise<number> {
  const { source, target, order, log } = run;
  const ns = targetNs(order, remoteNs);
  await target.createNamespace(ns);
  const all = await source.groups(remoteNs);
  const groups = all
    .filter((group) => passes(order.filters, group))
    .sort((a, b) => (groupName(a) < groupName(b) ? -1 : 1));
  log(`Found ${groups.length} groups to sync (out of ${all.length} total)`);
  let failures = 0;
  for (const group of groups) {
    log(`sync group ${groupName(group)}`);
    try {
      await pullGroup(run, group, { ...group, ns });
    } catch (error) {
      failures += 1;
      log(`sync group ${groupName(group)} failed - ${messageOf(error)}`);
    }
  }
  if (order.removeVanished) await removeVanishedGroups(run, ns, groups);
  log(`Finished syncing ${nameOf(remoteNs)}, current progress: ${groups.length} groups`);
  return failures;
}

async function pullGroup(run: Pull, from: GroupId, to: GroupId): Promise<void> {
  const { source, target, order, log } = run;
  const owner = target.owner(to);
  if (owner === undefined) await target.setOwner(to, order.owner);
  else rejectForeignOwner(order.owner, owner);
  const there = await source.snapshots(from);
  for (const { time } of wanted(run, to, there)) {
    const verification = there.find((one) => one.time === time)?.verification;
    if (order.verifiedOnly && verification?.state !== "ok") continue;
    await pullSnapshot(run, { ...from, time }, { ...to, time });
  }
  if (!order.removeVanished) return;
  for (const snapshot of target.snapshots(to)) {
    if (there.some(({ time }) => time === snapshot.time)) continue;
    const isProtected = target.isProtected(snapshot);
    log(`${isProtected ? "don't delete" : "delete"} vanished snapshot ${snapshotName(snapshot)}`);
    if (!isProtected) await target.removeSnapshot(snapshot);
  }
}

/** A gap is never filled: what is older than the newest snapshot here stays away, unless what is here is broken. */
function wanted(run: Pull, to: GroupId, there: readonly RemoteSnapshot[]): RemoteSnapshot[] {
  const { target, order, log } = run;
  const newest = target.snapshots(to)[0]?.time ?? 0;
  const isBroken = (time: number): boolean => isToRepair(run, { ...to, time });
  const old = there.filter(({ time }) => time < newest && !isBroken(time));
  skipped(log, old, "older than the newest snapshot present on sync target");
  const cut = order.last === undefined ? 0 : Math.max(0, there.length - order.last);
  const few = there.slice(0, cut).filter((one) => one.time !== newest && !old.includes(one) && !isBroken(one.time));
  skipped(log, few, "due to transfer-last");
  return there.filter((one) => !old.includes(one) && !few.includes(one));
}

function skipped(log: Pull["log"], snapshots: readonly RemoteSnapshot[], why: string): void {
  const [first, last] = [snapshots[0], snapshots.at(-1)];
  if (first === undefined || last === undefined) return;
  const span = first === last ? timeName(first.time) : `${timeName(first.time)} .. ${timeName(last.time)}`;
  log(`skipped: ${snapshots.length} snapshot(s) (${span}) - ${why}`);
}

/** Groups of other owners stay, and so does what is protected. */
async function removeVanishedGroups(
  { target, order, log }: Pull,
  ns: string,
  there: readonly GroupId[],
): Promise<void> {
  for (const group of target.groups(ns).filter((one) => passes(order.filters, one))) {
    if (there.some(({ type, id }) => type === group.type && id === group.id)) continue;
    if (target.owner(group) !== order.owner) continue;
    log(`delete vanished group '${groupName(group)}'`);
    for (const snapshot of target.snapshots(group)) {
      if (!target.isProtected(snapshot)) await target.removeSnapshot(snapshot);
    }
    await target.removeEmptyGroup(group);
  }
}

function targetNs(order: PullOrder, remoteNs: string): string {
  const below = order.remoteNs === "" ? remoteNs : remoteNs.slice(order.remoteNs.length).replace(/^\//, "");
  return [order.ns, below].filter((part) => part !== "").join("/");
}

function aclPath(store: string, ns: string): string {
  return ns === "" ? `/datastore/${store}` : `/datastore/${store}/${ns}`;
}

function nameOf(ns: string): string {
  return ns === "" ? "root namespace" : `namespace '${ns}'`;
}
