import { type AnySettings } from "../../estate/any-settings";
import { bucketsOf } from "../../estate/buckets";
import { type BucketCopySettings } from "../../estate/offsite-settings";
import { S3Bucket } from "../../provider/clients/s3-bucket";

/** A bucket of the settings, opened with a key that is not home's. */
export interface OpenBucket {
  /** What the settings say of it. */
  readonly copy: BucketCopySettings;
  /** The bucket itself. */
  readonly bucket: S3Bucket;
}

/** Environment in which the key of the bucket's account is given: it stands in no settings and in no stack of home. */
const ACCESS_KEY = "BUCKET_ACCESS_KEY";
const SECRET_KEY = "BUCKET_SECRET_KEY";

/**
 * Opens a bucket with the key of the environment.
 * @param named Name of the copy; needed where there are several.
 * @throws {Error} With a cure when there is no such copy, or no key.
 */
export function openBucket(settings: AnySettings, named: string | undefined, env = process.env): OpenBucket {
  const copy = namedCopy(settings, named);
  const [accessKey, secretKey] = [env[ACCESS_KEY], env[SECRET_KEY]];
  if (accessKey === undefined || secretKey === undefined) {
    throw new Error(
      `No key of the bucket's account is here.\nCure: export ${ACCESS_KEY} and read ${SECRET_KEY} into the environment, on a machine ` +
        "that is not home's; home's own key may neither delete nor look at old versions.",
    );
  }
  if (accessKey === copy.bucket.accessKey) {
    throw new Error(
      `${accessKey} is home's own key.\nCure: take that of the bucket's account, and let it lie anywhere but where the backup server is.`,
    );
  }
  const { endpoint, port, region, fingerprint, name } = copy.bucket;
  return { copy, bucket: new S3Bucket({ endpoint, port, region, fingerprint, bucket: name, accessKey, secretKey }) };
}

/**
 * A copy in a bucket of the settings.
 * @param named Its name; needed where there are several.
 * @throws {Error} With a cure when there is no such copy.
 */
export function namedCopy(settings: AnySettings, named: string | undefined): BucketCopySettings {
  const copies = bucketsOf(settings);
  const copy = named === undefined ? copies[0] : copies.find(({ name }) => name === named);
  if (copy === undefined || (named === undefined && copies.length > 1)) {
    const names = copies.map(({ name }) => name).join(", ");
    throw new Error(
      copies.length === 0
        ? "The settings have no copy in a bucket.\nCure: docs/how-to/s3.md says how to get one."
        : `There is no copy ${named ?? "named"}: the settings have ${names}.\nCure: say which, COPY=${copies[0]?.name ?? ""}.`,
    );
  }
  return copy;
}
