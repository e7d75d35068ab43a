import * as z from "zod";

import { type Observation } from "../../estate/observation";
import { defined } from "../../estate/units/defined";
import { type PbsClient } from "../../provider/clients/pbs-client";

type Items<K extends keyof Observation> = NonNullable<Observation[K]> extends { items: (infer T)[] } ? T[] : never;

/** Datastores of the backup server. */
export async function observeDatastores(pbs: PbsClient): Promise<Items<"datastores">> {
  const stores = await pbs.datastores();
  return stores
    .map(({ name, path, "gc-schedule": garbageCollection, "verify-new": verifyNew }) => ({
      name,
      path,
      ...defined({ garbageCollection, verifyNew }),
    }))
    .sort(by(({ name }) => name));
}

const SYNC_JOBS = z.array(z.looseObject({ id: z.string(), store: z.string(), schedule: z.string().optional() }));

/** Its prune, verify and sync jobs. */
export async function observeServerJobs(pbs: PbsClient): Promise<Items<"serverJobs">> {
  const prune = await pbs.pruneJobs();
  const verify = await pbs.verifyJobs();
  // Without the direction only pull jobs are listed (observed on PBS 4.2.3).
  const all = { "sync-direction": "all" };
  const sync = await pbs.ask(SYNC_JOBS, { method: "GET", path: "/config/sync", parameters: all });
  const jobs = [
    ...prune.map(({ id, store, schedule, ...rest }) => ({
      kind: "prune" as const,
      id,
      store,
      schedule,
      keeps: keeps(rest),
    })),
    ...verify.map(({ id, store, schedule }) => ({ kind: "verify" as const, id, store, ...defined({ schedule }) })),
    ...sync.map(({ id, store, schedule }) => ({ kind: "sync" as const, id, store, ...defined({ schedule }) })),
  ];
  return jobs.sort(by(({ kind, id }) => `${kind} ${id}`));
}

function keeps(job: Record<string, unknown>): string[] {
  const counts = Object.entries(job).filter(([name, value]) => name.startsWith("keep-") && value !== undefined);
  return counts.map(([name, value]) => `${name}=${String(value)}`).sort();
}

/** Its users, tokens and rights. */
export async function observeServerLogins(pbs: PbsClient): Promise<Items<"serverLogins">> {
  const users = await pbs.users();
  const tokens = (await Promise.all(users.map(({ userid }) => pbs.tokens(userid)))).flat();
  const rights = await pbs.acl();
  const logins = [
    ...users.map(({ userid: id }) => ({ kind: "user" as const, id })),
    ...tokens.map(({ tokenid: id }) => ({ kind: "token" as const, id })),
    ...rights.map(({ ugid: id, path, roleid: role }) => ({ kind: "right" as const, id, path, role })),
  ];
  return logins.sort(by((login) => JSON.stringify(login)));
}

const SNAPSHOTS = z.array(
  z.looseObject({
    "backup-type": z.string(),
    "backup-id": z.string(),
    "backup-time": z.number(),
    owner: z.string().optional(),
    protected: z.boolean().optional(),
    files: z.array(z.looseObject({ filename: z.string(), "crypt-mode": z.string().optional() })).optional(),
  }),
);

type Snapshot = z.infer<typeof SNAPSHOTS>[number];

/** Backups that lie on it, a line a guest and place. */
export async function observeBackupGroups(pbs: PbsClient): Promise<Items<"backupGroups">> {
  const groups: Items<"backupGroups"> = [];
  for (const { name: store } of await pbs.datastores()) {
    for (const namespace of await pbs.namespaces(store, "")) {
      const parameters = namespace === "" ? {} : { ns: namespace };
      const path = `/admin/datastore/${encodeURIComponent(store)}/snapshots`;
      const snapshots = await pbs.ask(SNAPSHOTS, { method: "GET", path, parameters });
      for (const [group, own] of byGroup(snapshots)) groups.push(groupOf(store, namespace, group, own));
    }
  }
  return groups.sort(by(({ store, namespace = "", group }) => `${store} ${namespace} ${group}`));
}

function byGroup(snapshots: readonly Snapshot[]): Map<string, Snapshot[]> {
  const groups = new Map<string, Snapshot[]>();
  for (const snapshot of snapshots) {
    const group = `${snapshot["backup-type"]}/${snapshot["backup-id"]}`;
    groups.set(group, [...(groups.get(group) ?? []), snapshot]);
  }
  return groups;
}

function groupOf(store: string, namespace: string, group: string, snapshots: readonly Snapshot[]) {
  const newest = Math.max(...snapshots.map((snapshot) => snapshot["backup-time"]));
  const owner = snapshots.find((snapshot) => snapshot["backup-time"] === newest)?.owner;
  const kept = snapshots.filter((snapshot) => snapshot.protected === true).map((one) => one["backup-time"]);
  return {
    store,
    ...(namespace !== "" && { namespace }),
    group,
    ...defined({ owner }),
    snapshots: snapshots.length,
    unencrypted: snapshots.filter(isOpen).length,
    newest: new Date(newest * 1000).toISOString(),
    ...(kept.length > 0 && {
      protected: kept.toSorted((a, b) => a - b).map((time) => new Date(time * 1000).toISOString()),
    }),
  };
}

/** Whether somebody without the key can read a disk of it. The manifest is signed and never encrypted; logs hold no data. */
function isOpen({ files = [] }: Snapshot): boolean {
  const data = files.filter(({ filename }) => filename !== "index.json.blob" && filename !== "client.log.blob");
  return data.some((file) => file["crypt-mode"] !== "encrypt");
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
