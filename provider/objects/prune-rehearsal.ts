import { type Parameters } from "../clients/https-client";
import { type GroupName, type PbsClient } from "../clients/pbs-client";
import { type PbsPruned } from "../clients/pbs-shapes";
import { demandSight } from "./site";

/** What a prune would do, by PBS's own dry run. */
export interface PruneRehearsal {
  /** How many backup snapshots it would remove. */
  readonly removed: number;
  /** A summary, then one line for each that would go. */
  readonly lines: readonly string[];
}

/** Where a prune works. */
export interface PruneScope {
  /** Datastore on the PBS. */
  readonly store: string;
  /** Empty for the root namespace. */
  readonly namespace: string;
  /** Levels below the namespace; undefined for all. */
  readonly depth: number | undefined;
}

/** Asks PBS, group by group, which backup snapshots these counts would remove. Removes nothing. */
export async function pruneRehearsal(pbs: PbsClient, scope: PruneScope, keep: Parameters): Promise<PruneRehearsal> {
  const { store, namespace, depth } = scope;
  if (!(await pbs.datastores()).some(({ name }) => name === store)) {
    await demandSight(pbs, `/datastore/${store}`, "Datastore.Audit");
    return { removed: 0, lines: ["the datastore does not exist yet, so nothing would go"] };
  }
  // Without this right the lists below show only the login's own groups.
  await demandSight(pbs, `/datastore/${store}`, "Datastore.Audit", "below");
  const fates: { group: GroupName; fate: PbsPruned }[] = [];
  for (const ns of await pbs.namespaces(store, namespace, depth)) {
    for (const { "backup-type": type, "backup-id": id } of await pbs.groups(store, ns)) {
      const group = { type, id, namespace: ns };
      fates.push(...(await pbs.pruneDryRun(store, group, keep)).map((fate) => ({ group, fate })));
    }
  }
  const gone = fates.filter(({ fate }) => !fate.keep && fate.protected !== true);
  const summary = `PBS's dry run: ${gone.length} of ${fates.length} backup snapshots would go${gone.length > 0 ? ":" : ""}`;
  return { removed: gone.length, lines: [summary, ...gone.map(({ group, fate }) => snapshotName(group, fate))] };
}

function snapshotName({ type, id, namespace = "" }: GroupName, fate: PbsPruned): string {
  const time = new Date(fate["backup-time"] * 1000).toISOString().replace(".000", "");
  return `${namespace === "" ? "" : `${namespace}: `}${type}/${id}/${time}`;
}
