import * as z from "zod";

import { expecting, fingerprintText, portNumber, text } from "./schema";
import { BUCKET_ENDPOINT, BUCKET_NAME, BUCKET_REGION } from "./units/bucket-place";

const days = expecting("whole days from 1 to 3650");

/** Days for which a bucket keeps what was deleted or overwritten, where nobody says otherwise. */
export const DEFAULT_UNDELETE_DAYS = 30;

/** Days for which a bucket keeps it. */
export const undeleteDays = z.int(days).min(1, days).max(3650, days);

/** What the key of a backup server may do with its bucket. */
export const bucketMode = z.enum(["append-only", "ordinary"], expecting('"append-only" or "ordinary"'));

/** The part of a key that is no secret. */
export const accessKey = text((key) => /^[A-Za-z0-9._-]{3,128}$/.test(key), 'an access key such as "AKIA…"');

/** Where a bucket lies, and with which key a backup server asks it. */
export const bucketPlace = z.strictObject({
  /** Host of the provider, `{{bucket}}.s3.{{region}}.amazonaws.com`; without `{{bucket}}` the bucket stands in the path. */
  endpoint: text((host) => BUCKET_ENDPOINT.test(host), 'a host such as "{{bucket}}.s3.{{region}}.amazonaws.com"'),
  /** TCP port. @default 443 */
  port: portNumber.default(443),
  /** Region, as the provider calls it. */
  region: text((region) => BUCKET_REGION.test(region), 'a region such as "eu-central-1"'),
  /** SHA-256 fingerprint of its certificate; leave it out when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Name of the bucket. **Another bucket is another copy.** */
  name: text((name) => BUCKET_NAME.test(name), 'a bucket such as "my-backups"'),
  /** Access key of the backup server; the secret beside it is `<name>SecretKey`. */
  accessKey,
  /** What the provider does otherwise than AWS. @default - nothing */
  quirks: z
    .array(
      z.enum(
        ["skip-if-none-match-header", "delete-objects-via-delete-object"],
        expecting('"skip-if-none-match-header" or "delete-objects-via-delete-object"'),
      ),
    )
    .default([]),
});
