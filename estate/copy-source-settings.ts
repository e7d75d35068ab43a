import * as z from "zod";

import { accessKey, bucketMode, bucketPlace, undeleteDays } from "./bucket-place-settings";
import { retentionSettings } from "./retention-settings";
import { expecting, fingerprintText, identifier, plainText, portNumber, scheduleText, sizeText, text } from "./schema";

/** Group filters of PBS. */
const GROUP_FILTER =
  /^(?:(?:include|exclude):)?(?:type:(?:vm|ct|host)|group:(?:vm|ct|host)\/[A-Za-z0-9_][A-Za-z0-9._-]*|regex:.+)$/;

/** One filter of groups. */
export const groupFilter = text((filter) => GROUP_FILTER.test(filter), 'a filter such as "group:vm/140" or "type:ct"');

/** An amount a second. */
export const rateText = text(
  (rate) => /^\d+(?:\.\d+)? ?(?:[KMGT]i?)?B$/.test(rate),
  'an amount a second such as "10 MB"',
);

const source = z.strictObject({
  /** Name or address of the other site's PBS, as this one's server reaches it. */
  address: identifier("address"),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore over there. **Another one is another copy.** */
  datastore: identifier("pbsId"),
  /** Namespace over there, with those below it. @default - the root namespace alone */
  namespace: identifier("namespace").optional(),
  /** Token that the other site gave, such as `vault@pbs!pull`; its secret is `<name>Reader`. */
  authId: text((id) => /^[^\s:/!]+@[^\s:/!]+![^\s:/!]+$/.test(id), 'a token such as "vault@pbs!pull"'),
  /** Where the copies lie here, best on a dataset of its own. **Neither can be changed.** */
  into: z.strictObject({
    /** Datastore on this side's server. */
    datastore: identifier("pbsId"),
    /** Its directory there; of a datastore in a bucket the cache's, best on a disk of its own with 64 to 128 GiB. */
    path: identifier("path"),
    /**
     * Bucket in which the copies lie, instead of on the server's disks. It exists already: `docs/how-to/s3.md` says how it is made.
     * @default - they lie in the directory
     */
    bucket: bucketPlace.optional(),
    /**
     * What this server's key may do with the bucket, which is tried: `ordinary` deletes, so that pruning and garbage collection go on as
     * on a disk; `append-only` never does, and the bucket is cleaned from outside. @default "ordinary"
     */
    mode: bucketMode.optional(),
    /** Days for which the bucket keeps what was deleted or overwritten, 1 to 3650. @default 30 */
    undeleteDays: undeleteDays.optional(),
    /** Host whose datastore in the bucket is taken up, as the program names it, or `nobody`. @default - a new one */
    reattach: plainText.optional(),
    /**
     * Access key of that host, which has to be switched off: a write with it is tried before its datastore is taken up. The secret beside
     * it is `<name>FormerSecretKey`; neither is needed any more after that. @default - none; taking one up then takes an acceptance
     */
    formerKey: accessKey.optional(),
    /** Most that the copies may take with their snapshots; ZFS stops there. The directory is a dataset then. @default - no quota of ours */
    quota: sizeText.optional(),
    /**
     * Days for which a ZFS snapshot of each day stays, 1 to 3650: what somebody deletes through the backup server is in them. **Fewer end
     * older ones.** The directory is a dataset then. @default - no snapshots of ours
     */
    snapshotDays: z
      .int(expecting("whole days from 1 to 3650"))
      .min(1, expecting("whole days from 1 to 3650"))
      .max(3650, expecting("whole days from 1 to 3650"))
      .optional(),
  }),
  /** When it fetches, by this PBS's clock. @default "05:00" */
  schedule: scheduleText.default("05:00"),
  /** When snapshots are pruned here. @default "10:00" */
  pruneSchedule: scheduleText.default("10:00"),
  /** When garbage collection frees what pruning left. @default "11:00" */
  garbageCollection: scheduleText.default("11:00"),
  /** When copies are reread. @default "13:00" */
  verifySchedule: scheduleText.default("13:00"),
  /** What is kept here, whatever the other site deletes. @default - 7 days, 4 weeks, 12 months, years for ever */
  retention: retentionSettings.optional(),
  /** Groups that it takes: `group:vm/140`, `type:ct`, `exclude:regex:…`. **What is left out has no copy here.** @default - all */
  groups: z.array(groupFilter).optional(),
  /**
   * Most that its copies may take here. PBS has no quota: it is watched, and nothing stops at it; `into.quota` stops. @default - only the whole disk is watched
   */
  limit: sizeText.optional(),
  /** Most that it fetches a second, such as `10 MB`. @default - no limit */
  rateIn: rateText.optional(),
  /** Groups fetched at once, 1 to 32; more help where the way is long. @default 1 */
  workerThreads: z
    .int(expecting("a whole number from 1 to 32"))
    .min(1, expecting("a whole number from 1 to 32"))
    .max(32, expecting("a whole number from 1 to 32"))
    .default(1),
});

/** Name of a source: its remote and its sync job have it too. */
const sourceName = text((name) => /^[a-z][a-z0-9-]{1,30}$/.test(name), 'a name such as "home"');

/** Sites of which copies are kept here, by a name of one's own. */
export const copySources = z.record(sourceName, source);

/** A site of which copies are kept. */
export type CopySource = z.infer<typeof source> & {
  /** Its name in the settings, of its remote and of its sync job. */
  readonly name: string;
};

/** The sources of the settings, by name. */
export function copySourcesOf(written: z.infer<typeof copySources>): CopySource[] {
  return Object.entries(written)
    .map(([name, one]) => ({ name, ...one }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Key of the secret with which a source is read, `homeReader`. */
export function readerKey(source: string): string {
  return `${source}Reader`;
}
