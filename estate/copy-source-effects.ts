import { bucketPlaceEffects, effectsBelow } from "./bucket-effects";
import { type SettingEffect } from "./setting-effects";

const COMMAND = "command:remote:Command";
const DATASTORE = "resilience:pbs:Datastore";
const PRUNE = "resilience:pbs:PruneJob";
const REMOTE = "resilience:pbs:Remote";
const SYNC = "resilience:pbs:SyncJob";
const VERIFY = "resilience:pbs:VerifyJob";

const remote: SettingEffect = { effect: "update", of: [REMOTE], note: "Copies that are there stay." };
const fetching: SettingEffect = { effect: "update", of: [SYNC] };
const other: SettingEffect = {
  effect: "refused",
  of: [SYNC],
  note: "Another source is another copy, with a name of its own.",
};
const keeping: SettingEffect = {
  effect: "update",
  of: [PRUNE],
  note: "Keeping less takes an acceptance; the preview lists the snapshots that would go.",
};

/** What a setting of a site whose copies are kept here does when it changes, by its path below that site's name. */
export const COPY_SOURCE_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  address: remote,
  port: remote,
  fingerprint: remote,
  authId: remote,
  datastore: other,
  namespace: other,
  "into.datastore": {
    effect: "refused",
    of: [DATASTORE, PRUNE, SYNC, VERIFY],
    note: "Another name is another, empty datastore.",
  },
  "into.path": { effect: "refused", of: [DATASTORE], note: "A datastore does not move." },
  ...bucketPlaceEffects("into"),
  "into.undeleteDays": { effect: "none", of: [], note: "`make s3-clean` goes by it." },
  "into.quota": { effect: "update", of: [COMMAND], note: "A quota below what is there is refused." },
  "into.snapshotDays": { effect: "update", of: [COMMAND], note: "Fewer days end older snapshots at the next run." },
  schedule: fetching,
  pruneSchedule: { effect: "update", of: [PRUNE] },
  garbageCollection: { effect: "update", of: [DATASTORE] },
  verifySchedule: { effect: "update", of: [VERIFY] },
  "retention.keepLast": keeping,
  "retention.keepHourly": keeping,
  "retention.keepDaily": keeping,
  "retention.keepWeekly": keeping,
  "retention.keepMonthly": keeping,
  "retention.keepYearly": keeping,
  groups: { ...fetching, note: "That fewer groups are fetched takes an acceptance; what is there stays." },
  limit: { effect: "none", of: [], note: "`make watch` tells of it." },
  rateIn: fetching,
  workerThreads: fetching,
};

/** The same by the whole path, for the setting that names those sites. */
export function copySourceEffects(at: string): Readonly<Record<string, SettingEffect>> {
  return effectsBelow(`${at}.*`, COPY_SOURCE_EFFECTS);
}
