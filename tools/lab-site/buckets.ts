import { askLab, type LabSheet } from "./lab";
import { type Places } from "./places";

/** Copies of a site elsewhere, as its settings name them. */
type Offsite = Readonly<Record<string, { readonly kind: string; readonly mode?: string; readonly bucket?: object }>>;

/** The settings' copies with those in buckets at the lab's own provider, and the secrets of their keys. */
export interface LabBuckets {
  /** The copies. */
  readonly offsite: Offsite;
  /** Secrets by their names in a stack. */
  readonly logins: Readonly<Record<string, string>>;
}

/**
 * Puts the buckets of a site's settings on the lab: each is made there with versions, and with a key that may what its mode says.
 * @param user Whose key it is. @default - one user for each bucket
 */
export function labBuckets(places: Places, { s3 }: LabSheet, written: unknown, user?: string): LabBuckets {
  const offsite = (written ?? {}) as Offsite;
  const logins: Record<string, string> = {};
  const all = Object.entries(offsite).map(([name, copy]): [string, Offsite[string]] => {
    if (copy.kind !== "s3" || s3 === undefined) return [name, copy];
    const bucket = (copy.bucket as { readonly name: string }).name;
    askLab(places, "s3-bucket", bucket);
    const key = bucketKey(places, { user: user ?? `${bucket}-home`, bucket, deletes: copy.mode === "ordinary" });
    logins[`${name}SecretKey`] = key.secretKey;
    const { address: endpoint, port, region, fingerprint } = s3;
    const place = { endpoint, port, region, fingerprint, name: bucket, accessKey: key.accessKey };
    return [name, { ...copy, bucket: place }];
  });
  return { offsite: Object.fromEntries(all), logins };
}

/** An access key. */
interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Key of a user at the lab's provider, with the policy of docs/how-to/s3.md and no other; the same key each time. */
export function bucketKey(places: Places, { user, bucket, deletes }: BucketUser): Key {
  return JSON.parse(askLab(places, "s3-user", user, JSON.stringify(policyOf(bucket, deletes)))) as Key;
}

/** Who may use a bucket. */
export interface BucketUser {
  /** Name of the user. */
  readonly user: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Whether the key may delete too. */
  readonly deletes: boolean;
}

/** What docs/how-to/s3.md gives home's key. */
function policyOf(bucket: string, deletes: boolean): object {
  const objects = ["s3:GetObject", "s3:PutObject", ...(deletes ? ["s3:DeleteObject"] : [])];
  const looks = ["s3:ListBucket", "s3:GetBucketVersioning", "s3:GetLifecycleConfiguration"];
  return {
    Statement: [
      { Effect: "Allow", Action: objects, Resource: `arn:aws:s3:::${bucket}/*` },
      {
        Effect: "Allow",
        Action: [...looks, "s3:GetBucketObjectLockConfiguration"],
        Resource: `arn:aws:s3:::${bucket}`,
      },
    ],
  };
}
