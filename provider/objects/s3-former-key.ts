import { type S3Bucket } from "../clients/s3-bucket";
import { isRefusedKey } from "../clients/s3-error";
import { type Weakening } from "./acceptance";
import { Refusal } from "./refusal";
import { NOBODY, recordOf } from "./s3-marker";

/** Key of the server that used a bucket before. */
export interface FormerKey {
  /** Access key, the part that is no secret. */
  readonly accessKey: string;
  /** Its secret. */
  readonly secretKey: string | undefined;
}

/** How a datastore is taken over from a server that is gone. */
export interface Takeover {
  /** Name of the datastore, which is its prefix in the bucket. */
  readonly store: string;
  /** The server that is gone, by the name that it wrote there. */
  readonly host: string;
  /** Its key. */
  readonly former: FormerKey;
}

/** Object that is written with the former key; it belongs to no datastore, whose names do not begin with a dot. */
const PROBE = ".tappaas/former-key";

/** Whether a datastore is taken over from a host, and not from nobody. */
export function takesOver(reattach: string | undefined): reattach is string {
  return reattach !== undefined && reattach !== NOBODY;
}

/** What it means to take a datastore over without a proof that its former server writes no more. */
export function unproven(bucket: S3Bucket, host: string): Weakening {
  return {
    change: "unproven-former-key",
    what:
      `nothing proves that ${host} can write to bucket ${bucket.place.bucket} no more, and two servers on one bucket delete each other's ` +
      "backups. Cure: give its access key as formerKey, with its secret, after it was deactivated at the provider; a write with it is tried",
  };
}

/**
 * Refuses a former key that proves nothing, by looking alone: without its secret, the new server's own, or one that was not the former
 * server's as far as the bucket knows.
 * @throws {Refusal}
 */
export async function refuseUntriedKey(bucket: S3Bucket, { store, host, former }: Takeover): Promise<void> {
  const { accessKey, bucket: name } = bucket.place;
  if (former.secretKey === undefined || former.secretKey === "") {
    throw new Refusal(`Key ${former.accessKey} of ${host} came without its secret, and cannot be tried. Cure: give it`);
  }
  if (former.accessKey === accessKey) {
    throw new Refusal(
      `Key ${accessKey} is to be the new server's own, and it is the one that ${host} had: whoever has ${host} still writes to bucket ` +
        `${name} with it. Cure: make a new key for this server at the provider, and deactivate ${accessKey} there`,
    );
  }
  const used = (await recordOf(bucket, store))?.accessKey;
  if (used === undefined || used === former.accessKey) return;
  throw new Refusal(
    `Datastore ${store} in bucket ${name} was last used with key ${used}, and formerKey is ${former.accessKey}: that this one is refused ` +
      `proves nothing of ${host}. Cure: write formerKey: ${used}`,
  );
}

/**
 * Proves that the former server can write no more: a write with its key has to be refused, and because of the key. A wrong signature,
 * an answer that is missing or any other one proves nothing.
 * @throws {Refusal} Before anything is asked of PBS.
 */
export async function refuseLivingKey(bucket: S3Bucket, takeover: Takeover): Promise<void> {
  await refuseUntriedKey(bucket, takeover);
  const { host, former } = takeover;
  const { bucket: name } = bucket.place;
  const failure = await failureOf(bucket, former);
  if (failure === undefined) {
    throw new Refusal(
      `Key ${former.accessKey} of ${host} still writes to bucket ${name}: it wrote ${PROBE} there, which belongs to no backup. Two ` +
        "servers on one bucket delete each other's backups. Nothing of the datastore was changed. " +
        `Cure: deactivate key ${former.accessKey} at the provider, then run this again`,
    );
  }
  if (isRefusedKey(failure)) return;
  throw new Refusal(
    `Whether key ${former.accessKey} of ${host} still writes to bucket ${name} is not known, for the write was not refused because of ` +
      `the key: ${failure.message}. Nothing of the datastore was changed. Cure: where its signature does not match, give the right ` +
      "secret; where there was no answer, run this again; else leave formerKey out and accept it as unproven-former-key",
  );
}

async function failureOf(bucket: S3Bucket, { accessKey, secretKey = "" }: FormerKey): Promise<Error | undefined> {
  const { S3Bucket: Bucket } = await import("../clients/s3-bucket.js");
  const former = new Bucket({ ...bucket.place, accessKey, secretKey });
  try {
    await former.write(PROBE, "tries whether the key of a server that is gone still writes\n");
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  } finally {
    former.close();
  }
}
