import * as pulumi from "@pulumi/pulumi";

import {
  AccessKey,
  Bucket,
  BucketLifecycleConfiguration,
  BucketPublicAccessBlock,
  BucketVersioning,
  User,
  UserPolicy,
} from "../internal/aws";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link BackupBucket}. */
export interface BackupBucketArgs {
  /** Name of the bucket, unique among all of AWS. **Cannot be changed**: another name is another, empty bucket. */
  readonly bucket: string;
  /**
   * Days for which an ordinary bucket keeps what was deleted or overwritten, 1 to 3650; an append-only one keeps it until its cleaner lets
   * it go. **Fewer delete old versions.** @default 30
   */
  readonly undeleteDays?: number;
  /** What home's key may do: `append-only` never deletes. **`ordinary` lets whoever takes home over delete.** @default "append-only" */
  readonly mode?: "append-only" | "ordinary";
}

/** A key of a user. */
export interface BucketKey {
  /** The part that is no secret. */
  readonly accessKey: pulumi.Output<string>;
  /** The secret. */
  readonly secretKey: pulumi.Output<string>;
}

/**
 * A bucket for copies of backups at AWS, with a key for the site that fills it and another one for cleaning it.
 *
 * It belongs into a stack and an account whose login does not lie at the site. Versions are on, public access is off, and there is
 * neither Object Lock nor a cold tier: PBS can live with neither.
 *
 * @see https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend
 */
export class BackupBucket extends pulumi.ComponentResource {
  /** Name of the bucket, known once it may be filled. */
  public readonly bucket: pulumi.Output<string>;
  /** Key for the site: it adds and reads, and deletes only where the mode is ordinary. */
  public readonly home: BucketKey;
  /** Key for `make s3-clean` and `make bucket-rewind`. **It deletes, and never belongs to the site.** */
  public readonly cleaner: BucketKey;

  constructor(name: string, args: BackupBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:BackupBucket", name, {}, opts);
    rejectProblems(this, `BackupBucket "${name}"`, backupBucketProblems(args));

    const { undeleteDays = 30, mode = "append-only" } = args;
    const guarded = { parent: this, ...DATA_GUARD };
    const made = new Bucket(name, { bucket: args.bucket, forceDestroy: false }, guarded);
    const { bucket } = made;
    const versions = new BucketVersioning(name, { bucket, versioningConfiguration: { status: "Enabled" } }, guarded);
    new BucketPublicAccessBlock(name, { bucket, ...CLOSED }, guarded);
    // Old versions are counted from when the bucket has them.
    const after = { ...guarded, dependsOn: [versions] };
    new BucketLifecycleConfiguration(name, { bucket, rules: rulesOf(mode, undeleteDays) }, after);
    this.home = this.declareUser(`${name}-home`, homePolicy(args.bucket, mode));
    this.cleaner = this.declareUser(`${name}-cleaner`, cleanerPolicy(args.bucket));
    this.bucket = pulumi.all([bucket, versions.id]).apply(([known]) => known);

    this.registerOutputs({ bucket: this.bucket });
  }

  private declareUser(name: string, policy: object): BucketKey {
    // Without its key the site sends no copy any more, and nobody is told of it here.
    const guarded = { parent: this, ...DATA_GUARD };
    const user = new User(name, { name }, guarded);
    new UserPolicy(name, { name, user: user.name, policy: JSON.stringify(policy) }, guarded);
    const key = new AccessKey(name, { user: user.name }, guarded);
    return { accessKey: key.id, secretKey: pulumi.secret(key.secret) };
  }
}

const CLOSED = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

/**
 * Marks with nothing below them go, and uploads that were never finished. Old versions of an ordinary bucket go after their window; of
 * an append-only one they stay until `make s3-clean` lets them go: a rule goes by age alone, and whoever has home's key would only have
 * to overwrite every backup and wait.
 */
function rulesOf(mode: "append-only" | "ordinary", undeleteDays: number) {
  const whole = { status: "Enabled", filter: { prefix: "" } };
  const aged = { id: "old-versions", ...whole, noncurrentVersionExpiration: { noncurrentDays: undeleteDays } };
  return [
    ...(mode === "ordinary" ? [aged] : []),
    { id: "bare-marks", ...whole, expiration: { expiredObjectDeleteMarker: true } },
    { id: "unfinished", ...whole, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
  ];
}

const LOOKS = [
  "s3:ListBucket",
  "s3:GetBucketVersioning",
  "s3:GetLifecycleConfiguration",
  "s3:GetBucketObjectLockConfiguration",
];

/** Rights of the site that fills the bucket; `docs/how-to/s3.md` shows the same. */
function homePolicy(bucket: string, mode: "append-only" | "ordinary"): object {
  const deletes = mode === "ordinary" ? ["s3:DeleteObject"] : [];
  return policyOf(bucket, ["s3:GetObject", "s3:PutObject", ...deletes], LOOKS);
}

/** Rights to clean it and to take it back: it sees and removes old versions, and may not change the bucket itself. */
function cleanerPolicy(bucket: string): object {
  const objects = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"];
  return policyOf(bucket, objects, [...LOOKS, "s3:ListBucketVersions"]);
}

function policyOf(bucket: string, onObjects: readonly string[], onBucket: readonly string[]): object {
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: onObjects, Resource: `arn:aws:s3:::${bucket}/*` },
      { Effect: "Allow", Action: onBucket, Resource: `arn:aws:s3:::${bucket}` },
    ],
  };
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function backupBucketProblems({ bucket, undeleteDays = 30 }: BackupBucketArgs): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    problems.push({ path: "bucket", reason: `expected 3 to 63 small letters, digits or "-", got "${bucket}"` });
  }
  if (!Number.isInteger(undeleteDays) || undeleteDays < 1 || undeleteDays > 3650) {
    problems.push({ path: "undeleteDays", reason: `expected whole days from 1 to 3650, got ${undeleteDays}` });
  }
  return problems;
}
