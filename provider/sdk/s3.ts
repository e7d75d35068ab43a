import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link S3Endpoint}. */
export interface S3EndpointArgs {
  /** Name of the S3 provider on this PBS, 3 to 32 characters. **Cannot be changed.** */
  readonly endpointId: pulumi.Input<string>;
  /** Host, such as `{{bucket}}.s3.{{region}}.amazonaws.com`; without `{{bucket}}` the bucket stands in the path. */
  readonly endpoint: pulumi.Input<string>;
  /** TCP port. @default 443 */
  readonly port?: pulumi.Input<number>;
  /** Region, as the provider calls it. */
  readonly region: pulumi.Input<string>;
  /** SHA-256 of the provider's certificate. @default - the system's CAs decide */
  readonly fingerprint?: pulumi.Input<string>;
  /** Access key, the part of the key that is no secret. */
  readonly accessKey: pulumi.Input<string>;
  /** Secret of that key. @default - the one that the PBS has */
  readonly secretKey?: pulumi.Input<string>;
  /** What the provider does otherwise than AWS. @default - nothing */
  readonly quirks?: pulumi.Input<pulumi.Input<"skip-if-none-match-header" | "delete-objects-via-delete-object">[]>;
}

/**
 * An S3 provider and the key for it, as a PBS knows them.
 * @see https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend
 */
export class S3Endpoint extends pulumi.CustomResource {
  declare public readonly endpointId: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: S3EndpointArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const secretKey = args.secretKey === undefined ? undefined : pulumi.secret(args.secretKey);
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["secretKey"] });
    super("resilience:pbs:S3Endpoint", name, { ...args, secretKey, adopted: undefined }, hidden);
  }
}

/** Arguments of {@link S3Datastore}. */
export interface S3DatastoreArgs {
  /** Name on the PBS, and prefix in the bucket, 3 to 32 characters. **Cannot be changed.** */
  readonly name: pulumi.Input<string>;
  /** Directory of the local cache on the PBS, absolute; 64 to 128 GiB on a disk of its own. **Cannot be changed.** */
  readonly path: pulumi.Input<string>;
  /** S3 provider on the PBS. **Cannot be changed.** */
  readonly endpointId: pulumi.Input<string>;
  /** Bucket, which exists already. **Cannot be changed.** */
  readonly bucket: pulumi.Input<string>;
  /** What home's key may do, which is tried and not believed: `append-only` never deletes, `ordinary` does. */
  readonly mode: pulumi.Input<"append-only" | "ordinary">;
  /** Host whose datastore in the bucket is taken up, or `nobody`; counts when the datastore is made. @default - a new one */
  readonly reattach?: pulumi.Input<string>;
  /**
   * Access key of the host that `reattach` names: a write with it has to be refused before its datastore is taken up.
   * @default - none; then it takes an acceptance to take one up
   */
  readonly formerKey?: pulumi.Input<string>;
  /** Secret of that key. */
  readonly formerSecretKey?: pulumi.Input<string>;
  /** Host of the S3 provider as the program reaches it, to look into the bucket. */
  readonly endpoint: pulumi.Input<string>;
  /** TCP port of it. @default 443 */
  readonly port?: pulumi.Input<number>;
  /** Region of the bucket. */
  readonly region: pulumi.Input<string>;
  /** SHA-256 of the provider's certificate. @default - the system's CAs decide */
  readonly fingerprint?: pulumi.Input<string>;
  /** Access key of home. */
  readonly accessKey: pulumi.Input<string>;
  /** Secret of that key. */
  readonly secretKey: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Calendar event of garbage collection. @default - never */
  readonly gcSchedule?: pulumi.Input<string>;
  /** Reads each new backup snapshot back right after it was made: each chunk is fetched again. @default false */
  readonly verifyNew?: pulumi.Input<boolean>;
}

/**
 * A datastore of a PBS that lies in a bucket. Forgetting it leaves all of its data in the bucket.
 * @see https://pbs.proxmox.com/docs/storage.html#datastores-with-s3-backend
 */
export class S3Datastore extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: S3DatastoreArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const { secretKey, formerSecretKey: former } = args;
    const formerSecretKey = former === undefined ? undefined : pulumi.secret(former);
    const secrets = { secretKey: pulumi.secret(secretKey), formerSecretKey };
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["secretKey", "formerSecretKey"] });
    super("resilience:pbs:S3Datastore", name, { ...args, ...secrets, adopted: undefined }, hidden);
  }
}
