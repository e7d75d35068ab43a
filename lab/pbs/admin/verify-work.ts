import { type Worker } from "../../core/tasks";
import { type BackupServer } from "../backup-server";
import { type Datastore } from "../store/datastore";
import { type GroupId, type SnapshotId, snapshotName } from "../store/snapshot-id";
import { verifySnapshot } from "../store/verification";

/** What a verification covers. */
export interface VerifyScope {
  /** Topmost namespace. */
  readonly ns: string;
  /** Levels of namespaces below it. */
  readonly depth: number;
  /** Whether to pass by what was found whole before. */
  readonly ignoreVerified: boolean;
  /** Only this group. */
  readonly group?: GroupId;
  /** Only the snapshot of this time. */
  readonly time?: number;
}

/**
 * Verifies as a task does, and writes what it found into each manifest.
 * @throws {Error} When a snapshot is not whole.
 */
export async function verifyStore(
  server: BackupServer,
  name: string,
  scope: VerifyScope,
  mayVerify: (group: GroupId) => boolean,
  { log, upid }: Pick<Worker, "log" | "upid">,
): Promise<void> {
  const store = server.datastore(name, "write");
  const groups =
    scope.group === undefined
      ? store.namespaces(scope.ns, scope.depth).flatMap((ns) => store.groups(ns))
      : [scope.group];
  const snapshots = groups.filter(mayVerify).flatMap((group) => store.snapshots(group));
  const wanted = snapshots.filter(({ time }) => scope.time === undefined || time === scope.time);
  const failed: SnapshotId[] = [];
  for (const snapshot of wanted) {
    if (!(await isWhole(store, snapshot, scope.ignoreVerified, { log, upid }))) failed.push(snapshot);
  }
  if (failed.length === 0) return;
  log("Failed to verify the following snapshots/groups:");
  for (const snapshot of failed) log(`\t${snapshotName(snapshot)}`);
  throw new Error("verification failed - please check the log for details");
}

async function isWhole(
  store: Datastore,
  snapshot: SnapshotId,
  ignoreVerified: boolean,
  { log, upid }: Pick<Worker, "log" | "upid">,
): Promise<boolean> {
  if (ignoreVerified && store.manifest(snapshot).unprotected.verify_state?.state === "ok") {
    log(`SKIPPED: verify ${snapshotName(snapshot)} (recently verified)`);
    return true;
  }
  log(`verify ${snapshotName(snapshot)}`);
  const faults = await verifySnapshot(store, snapshot);
  for (const fault of faults) log(`  ${fault}`);
  await store.setUnprotected(snapshot, { verify_state: { state: faults.length === 0 ? "ok" : "failed", upid } });
  return faults.length === 0;
}
