import * as z from "zod";

import { DEFAULT_UNDELETE_DAYS } from "./bucket-place-settings";
import { type Parsed } from "./problem";
import { expecting, parse, text } from "./schema";
import { siteFolder } from "./settings";
import { stateSettings } from "./state-settings";

const days = expecting("whole days from 1 to 3650");

/** Form of the settings of a bucket's own stack, in an account whose login does not lie at the site that fills it. */
export const bucketStackSettingsSchema = z.strictObject({
  /** What the stack is. */
  role: z.literal("bucket"),
  /** Folder of its owner's decisions, from the repository's root: `sites/bucket`. */
  site: siteFolder,
  /** Region of AWS in which the copies lie, and so their country. **Another one is another bucket.** */
  region: text((region) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region), 'a region such as "eu-central-1"'),
  /** Name of the bucket, unique among all of AWS. **Another name is another bucket.** */
  bucket: text(
    (name) => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name),
    'a bucket such as "my-backups": 3 to 63 small letters, digits or "-"',
  ),
  /** What home's key may do: `append-only` never deletes, `ordinary` does. @default "append-only" */
  mode: z.enum(["append-only", "ordinary"], expecting('"append-only" or "ordinary"')).default("append-only"),
  /** Days for which what was deleted or overwritten can be brought back. **Fewer delete old versions.** @default 30 */
  undeleteDays: z.int(days).min(1, days).max(3650, days).default(DEFAULT_UNDELETE_DAYS),
  /** Access key of who makes the bucket; the secret beside it is `awsSecretKey`. @default - the login of AWS' own tools on this machine */
  accessKey: text((key) => /^[A-Za-z0-9._-]{3,128}$/.test(key), 'an access key such as "AKIA…"').optional(),
  /** Address that stands in for AWS, `https://127.0.0.240:9000`. @default - AWS itself */
  api: text((address) => URL.canParse(address) && address.startsWith("https://"), "an https address").optional(),
  /** Certificate of the CA of that address, as PEM. @default - the CAs this machine trusts */
  caCertificate: text(
    (pem) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/.test(pem),
    "a certificate in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
  ).optional(),
  state: stateSettings,
});

/** Settings of a bucket's stack, parsed, defaults filled in. Secrets stay out of it. */
export type BucketStackSettings = z.infer<typeof bucketStackSettingsSchema>;

/** Reads the settings of a bucket's stack strictly, naming every key that is missing, unknown or malformed. */
export function parseBucketStackSettings(input: unknown): Parsed<BucketStackSettings> {
  return parse(bucketStackSettingsSchema, input);
}
