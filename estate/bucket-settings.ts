import * as z from "zod";

import { accessKey, bucketMode, bucketPlace, DEFAULT_UNDELETE_DAYS, undeleteDays } from "./bucket-place-settings";
import { retentionSettings } from "./retention-settings";
import { identifier, plainText, scheduleText } from "./schema";

/** A copy in an S3 bucket, that the site's own backup server fills. */
export const bucketSettings = z.strictObject({
  /** Who has it. */
  kind: z.literal("s3"),
  /** Where it stands, for people: `AWS, Frankfurt`. */
  place: plainText,
  /** Whether it stands in the same building: then what burns the site down burns it too, and it is none elsewhere. @default false */
  sameBuilding: z.boolean().default(false),
  /** Whether the login of the bucket's own account lies at home too. Then one theft destroys both. @default false */
  loginAtHome: z.boolean().default(false),
  /** The bucket. It exists already: `docs/how-to/s3.md` says how it is made. */
  bucket: bucketPlace,
  /** Where it is on the site's backup server. **Neither can be changed.** */
  into: z.strictObject({
    /** Datastore there, and prefix in the bucket. */
    datastore: identifier("pbsId"),
    /** Directory of its cache, best on a disk of its own with 64 to 128 GiB. */
    path: identifier("path"),
  }),
  /**
   * What the backup server's key may do: `append-only` never deletes, and the bucket is cleaned from outside; `ordinary` deletes.
   * The program tries it. **Ordinary is a copy that whoever takes home over deletes.** @default "append-only"
   */
  mode: bucketMode.default("append-only"),
  /** Days for which the bucket keeps what was deleted or overwritten, 1 to 3650. @default 30 */
  undeleteDays: undeleteDays.default(DEFAULT_UNDELETE_DAYS),
  /** Host whose datastore in the bucket is taken up, as the program names it, or `nobody`. @default - a new one */
  reattach: plainText.optional(),
  /**
   * Access key of that host, which has to be switched off: a write with it is tried before its datastore is taken up. The secret beside
   * it is `<name>FormerSecretKey`; neither is needed any more once it is taken up. @default - none; taking one up then takes an acceptance
   */
  formerKey: accessKey.optional(),
  /** Work on it, by the backup server's clock. */
  jobs: z
    .strictObject({
      /** When it is filled. @default "06:00" */
      schedule: scheduleText.default("06:00"),
      /** When an ordinary bucket is pruned. @default "09:30" */
      pruneSchedule: scheduleText.default("09:30"),
      /** When an ordinary bucket is freed of what pruning left. @default "10:30" */
      garbageCollection: scheduleText.default("10:30"),
      /** When it is reread; every chunk is fetched and most providers charge for that. @default - never */
      verifySchedule: scheduleText.optional(),
      /** What is kept. **Keeping less deletes snapshots.** @default - 7 days, 4 weeks, 12 months, years for ever */
      retention: retentionSettings.optional(),
    })
    .prefault({}),
});

/** Settings of a copy in a bucket, without its name. */
export type BucketSettings = z.infer<typeof bucketSettings>;

/** Key of the secret with which a bucket is filled: `bucketSecretKey`. */
export function bucketSecretKey(copy: string): string {
  return `${copy}SecretKey`;
}

/** Key of the secret of the server that filled it before: `bucketFormerSecretKey`. */
export function formerSecretKey(copy: string): string {
  return `${copy}FormerSecretKey`;
}
