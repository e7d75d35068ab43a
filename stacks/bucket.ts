import * as pulumi from "@pulumi/pulumi";

import { AwsProvider, BackupBucket } from "../components";
import { defined } from "../estate/units/defined";
import { type BucketStackConfiguration } from "./config";

/** What a declared bucket tells the person who runs it. */
export interface DeclaredBucket {
  /** What the site that fills it is given: name, region, access key, and its secret. */
  readonly home: pulumi.Output<HandedKey>;
  /** What who cleans it is given. It never belongs to the site. */
  readonly cleaner: pulumi.Output<HandedKey>;
}

/** What somebody needs to reach the bucket. */
export interface HandedKey {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Where it lies. */
  readonly region: string;
  /** The part of the key that is no secret. */
  readonly accessKey: string;
  /** The secret. */
  readonly secretKey: string;
}

/**
 * A bucket for the copies of a site, in an account that is not the site's.
 *
 * The promise: the site's key adds and reads, so that whoever holds the site deletes no copy; versions are on, so that what is
 * overwritten comes back; and nothing of it is public.
 */
export function declareBucket({ settings, secretKey }: BucketStackConfiguration): DeclaredBucket {
  const { region, bucket: name, undeleteDays, mode, accessKey, api } = settings;
  const login = accessKey === undefined ? {} : { accessKey, ...defined({ secretKey }) };
  const elsewhere = api === undefined ? {} : { endpoints: [{ s3: api, iam: api }], s3UsePathStyle: true, ...UNASKED };
  const provider = new AwsProvider("aws", { region, ...login, ...elsewhere });
  const declared = new BackupBucket(name, { bucket: name, undeleteDays, mode }, { providers: [provider] });
  const handed = ({ accessKey: id, secretKey: secret }: BackupBucket["home"]) =>
    pulumi.secret(
      pulumi
        .all([declared.bucket, id, secret])
        .apply(([bucket, known, word]) => ({ bucket, region, accessKey: known, secretKey: word })),
    );
  return { home: handed(declared.home), cleaner: handed(declared.cleaner) };
}

/** What only AWS itself has. */
const UNASKED = { skipCredentialsValidation: true, skipMetadataApiCheck: true, skipRequestingAccountId: true };
