import { type Reach } from "../access/rights";
import { type BackupServer } from "../backup-server";
import { messageOf } from "../refusal";
import { type KeepOptions, keepsSomething, prune } from "../retention";
import { type Datastore } from "../store/datastore";
import { ownsGroup } from "../store/owner";
import { type GroupId, groupName, type SnapshotId, snapshotName } from "../store/snapshot-id";

/** What a prune covers. */
export interface PruneScope {
  /** Topmost namespace. */
  readonly ns: string;
  /** Levels of namespaces below it. */
  readonly depth: number;
  /** Rules. */
  readonly keep: KeepOptions;
  /** Whether to decide only, and remove nothing. */
  readonly dryRun: boolean;
}

/** On whose behalf a prune works, and how far they reach in a namespace; undefined where they may nothing. */
export interface PruneActor {
  /** User or token. */
  readonly authId: string;
  /** Reach in a namespace. */
  readonly reach: (ns: string) => Reach | undefined;
}

/** What a prune decided about one snapshot, as the API shows it. */
export interface PruneDecision {
  /** Kind of guest. */
  readonly "backup-type": string;
  /** Guest id. */
  readonly "backup-id": string;
  /** Seconds since 1970. */
  readonly "backup-time": number;
  /** Whether it stays. */
  readonly keep: boolean;
  /** Whether it stays whatever the rules say. */
  readonly protected: boolean;
}

/**
 * Prunes one group and returns every decision, oldest first. What a bucket refuses to delete stays, and is decided as before: the
 * decision alone does not show it (observed on PBS 4.2.3).
 */
export async function pruneGroup(
  server: BackupServer,
  store: Datastore,
  group: GroupId,
  { keep, dryRun }: Pick<PruneScope, "keep" | "dryRun">,
  warn: (line: string) => void = () => undefined,
): Promise<PruneDecision[]> {
  const zone = server.settings.value.timeZone ?? undefined;
  const snapshots = store.snapshots(group).map((snapshot) => ({ ...snapshot, protected: store.isProtected(snapshot) }));
  const decided = prune(snapshots, keep, zone).reverse();
  for (const { snapshot } of dryRun ? [] : decided.filter((one) => !one.keep)) {
    try {
      await store.removeSnapshot(snapshot);
    } catch (error) {
      warn(`failed to remove ${snapshotName(snapshot)} - ${messageOf(error)}`);
    }
  }
  return decided.map(({ snapshot, keep: stays }) => decision(snapshot, stays, snapshot.protected));
}

/**
 * Prunes all groups of a scope as a task does: what it decides stands in the log only.
 * @throws {Error} `WARNINGS: n`, the task's status, when something could not be removed.
 */
export async function pruneStore(
  server: BackupServer,
  name: string,
  scope: PruneScope,
  { authId, reach }: PruneActor,
  log: (line: string) => void,
): Promise<void> {
  let warnings = 0;
  const warn = (line: string): void => {
    warnings += 1;
    log(`WARN: ${line}`);
  };
  const store = server.datastore(name, "write");
  log(
    keepsSomething(scope.keep)
      ? `Starting datastore prune on datastore '${name}'`
      : "No prune selection - keeping all files.",
  );
  for (const ns of store.namespaces(scope.ns, scope.depth)) {
    const far = reach(ns);
    const mayPrune = (group: GroupId): boolean =>
      far === "all" || (far === "own" && ownsGroup(authId, store.owner(group) ?? ""));
    for (const group of store.groups(ns).filter(mayPrune)) {
      log(`Pruning group ${ns === "" ? "" : `${ns}:`}"${groupName(group)}"`);
      for (const one of await pruneGroup(server, store, group, scope, warn)) log(verdictLine(group, one));
    }
  }
  if (warnings > 0) throw new Error(`WARNINGS: ${warnings}`);
}

function decision(snapshot: SnapshotId, keep: boolean, isProtected: boolean): PruneDecision {
  const { type, id, time } = snapshot;
  return { "backup-type": type, "backup-id": id, "backup-time": time, keep, protected: isProtected };
}

function verdictLine(group: GroupId, one: PruneDecision): string {
  const verdict = one.protected ? "protected" : one.keep ? "keep" : "remove";
  return `${verdict} ${snapshotName({ ...group, time: one["backup-time"] })}`;
}
