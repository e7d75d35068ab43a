import { type Observation } from "../../estate/observation";
import { type Settings } from "../../estate/settings";
import { reportIn, type AdoptionReport } from "../../provider/objects/adoption-report";
import { planOf } from "../engine/plan";
import { type Stack } from "../engine/stack";

/** Something on the site that the program does not touch. */
export interface LeftAlone {
  /** What it is, for people. */
  readonly what: string;
  /** Why it is left alone. */
  readonly why: string;
}

/** What an `up` would meet on a site, and what it would do with each thing. */
export interface Survey {
  /** Objects that the program declares, as they were found. */
  readonly reports: readonly AdoptionReport[];
  /** Pools and storage entries that are taken over from the observation. */
  readonly imported: readonly string[];
  /** What else is there. */
  readonly leftAlone: readonly LeftAlone[];
  /** Backup snapshots that are not encrypted, by guest. */
  readonly unencrypted: Readonly<Record<string, number>>;
  /** Fingerprint of another key than the site's on the storage entry for backups; undefined where there is none. */
  readonly otherKey: string | undefined;
}

/**
 * Asks the provider, through a preview that changes nothing, what it would meet in the place of each object of the program. It is the
 * provider that decides at `up`, so it is asked and not imitated.
 * @throws {Error} When there is no preview, with what stopped it.
 */
export async function survey(stack: Stack, observation: Observation): Promise<Survey> {
  const variables = { TAPPAAS_ADOPTION_REPORT: "1" };
  const plan = planOf(await stack.run(["preview", "--json"], { variables }));
  if (!plan.complete) throw new Error(`The site cannot be surveyed; nothing was changed.\n${plan.errors.join("\n")}`);
  const reports = plan.notes.flatMap((line) => reportIn(line) ?? []).sort((a, b) => (a.object < b.object ? -1 : 1));
  return {
    reports,
    imported: plan.steps.filter(({ op }) => op === "import").map(({ name, type }) => `${name} (${type})`),
    leftAlone: leftAlone(observation, reports, stack.settings),
    unencrypted: unencryptedIn(observation),
    otherKey: otherKeyIn(observation, stack.settings),
  };
}

/** What was seen and is no object of the program. */
export function leftAlone(seen: Observation, reports: readonly AdoptionReport[], settings: Settings): LeftAlone[] {
  const declared = new Set(reports.map(({ object }) => object));
  const other = (object: string) => !declared.has(object);
  const pools = new Set(settings.pools.map(({ name }) => name));
  const storages = seen.storages.items.filter(
    ({ storage }) => !pools.has(storage) && other(`pve:PbsStorage/${storage}`),
  );
  const jobs = (seen.backupJobs?.items ?? []).filter(({ id }) => other(`pve:BackupJob/${id}`));
  const stores = (seen.datastores?.items ?? []).filter(({ name }) => other(`pbs:Datastore/${name}`));
  const kinds = { prune: "PruneJob", verify: "VerifyJob", sync: "SyncJob" } as const;
  const serverJobs = (seen.serverJobs?.items ?? []).filter(({ kind, id }) => other(`pbs:${kinds[kind]}/${id}`));
  const why = "the settings do not name it";
  return [
    ...storages.map(({ storage, type }) => ({ what: `storage ${storage} (${type})`, why })),
    ...jobs.map(({ id, storage = "no storage" }) => ({
      what: `backup job ${id} into ${storage}`,
      why: "another job than the program's; if both back the same guests up, that is done twice",
    })),
    ...stores.map(({ name, path }) => ({ what: `datastore ${name} at ${path}`, why })),
    ...serverJobs.map(({ kind, id, store }) => ({ what: `${kind} job ${id} on ${store}`, why: whyJob(kind) })),
  ];
}

function whyJob(kind: "prune" | "verify" | "sync"): string {
  if (kind !== "prune") return "the program has none of this name";
  return "another prune job than the program's: what it removes is gone, whatever the program keeps";
}

function unencryptedIn({ backupGroups }: Observation): Record<string, number> {
  const open = (backupGroups?.items ?? []).filter(({ unencrypted }) => unencrypted > 0);
  return Object.fromEntries(open.map(({ group, unencrypted }) => [group, unencrypted]));
}

function otherKeyIn({ storages }: Observation, { key, backup, backupServer }: Settings): string | undefined {
  const name = backup.storage ?? backupServer.datastore.name ?? "tappaas_backup";
  const carried = storages.items.find(({ storage }) => storage === name)?.encryptionKey;
  if (carried?.includes(":") !== true) return undefined;
  return carried.toLowerCase() === key.fingerprint ? undefined : carried;
}
