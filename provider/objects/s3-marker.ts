import * as z from "zod";

import { type PbsClient } from "../clients/pbs-client";
import { type S3Bucket } from "../clients/s3-bucket";
import { Refusal } from "./refusal";

/** What a program writes into a bucket besides PBS. Records of before did not say with which key. */
const RECORD = z.object({ host: z.string(), path: z.string(), accessKey: z.string().optional() });

/** Which server uses a datastore in a bucket, where its cache lies, and with which access key, which is no secret. */
export type BucketRecord = z.infer<typeof RECORD>;

/** Word for a datastore in a bucket that no server has marked as its own. */
export const NOBODY = "nobody";

/** Name of the host that marked a datastore as its own, as PBS writes it; undefined where none did. */
export async function markedBy(bucket: S3Bucket, store: string): Promise<string | undefined> {
  const mark = await bucket.read(`${store}/.in-use`);
  if (mark === undefined) return undefined;
  const parsed = z.object({ hostname: z.string() }).safeParse(fromJson(mark));
  return parsed.success ? parsed.data.hostname : "unknown";
}

/** What this program last wrote down of a datastore in a bucket. */
export async function recordOf(bucket: S3Bucket, store: string): Promise<BucketRecord | undefined> {
  const written = await bucket.read(recordKey(store));
  const parsed = RECORD.safeParse(written === undefined ? undefined : fromJson(written));
  return parsed.success ? parsed.data : undefined;
}

/** Writes down which server uses a datastore in a bucket. */
export async function writeRecord(bucket: S3Bucket, store: string, record: BucketRecord): Promise<void> {
  await bucket.write(recordKey(store), `${JSON.stringify(record)}\n`);
}

/** How a datastore in a bucket is to be made: as a new one, or taken up. */
export interface Beginning {
  /** Name of the datastore, which is its prefix in the bucket. */
  readonly store: string;
  /** Directory of its cache. */
  readonly path: string;
  /** Host whose datastore is taken over, or `nobody`; undefined for a new one. */
  readonly reattach: string | undefined;
}

/**
 * Refuses what PBS would do without a word and what costs data (docs/decisions/0052, observed on PBS 4.2.3): a new datastore over one
 * that is there, whose chunks the next garbage collection deletes; two servers on one; another cache under an old name on a server that had
 * the old one.
 * @param pbs The server that is to have it.
 * @throws {Refusal} Before anything is asked of PBS.
 */
export async function refuseDangers(
  bucket: S3Bucket,
  beginning: Beginning,
  pbs: Pick<PbsClient, "hadDatastore">,
): Promise<void> {
  const { store, path, reattach } = beginning;
  const where = `datastore ${store} in bucket ${bucket.place.bucket}`;
  const host = await markedBy(bucket, store);
  const hasData = host !== undefined || (await isUsed(bucket, store));
  if (!hasData) {
    if (reattach === undefined) return;
    throw new Refusal(`There is no ${where} to take up. Cure: leave reattach out, or correct bucket and datastore`);
  }
  const owner = host ?? NOBODY;
  if (reattach === undefined) {
    throw new Refusal(
      `There is a ${where} already, in use by ${owner}. A new one over it would be empty, and its first garbage collection would ` +
        `delete every backup that lies there. Cure: write reattach: ${owner} to take it up when no other server uses it any more, ` +
        "or give the new one another name",
    );
  }
  if (reattach !== owner) {
    throw new Refusal(
      `The ${where} is in use by ${owner}, and reattach names ${reattach}. Two servers on one bucket delete each other's backups. ` +
        `Cure: make sure that ${owner} is gone for good, then write reattach: ${owner}`,
    );
  }
  const record = await recordOf(bucket, store);
  if (record !== undefined && record.path !== path && (await pbs.hadDatastore(store))) {
    throw new Refusal(
      `The ${where} had its cache in ${record.path}, and now it is to be ${path}. A PBS that has refreshed it since it started goes on ` +
        "filling the old directory, and its next garbage collection deletes every backup. " +
        `Cure: write path: ${record.path}, and empty that directory first`,
    );
  }
}

async function isUsed(bucket: S3Bucket, store: string): Promise<boolean> {
  for await (const _ of bucket.objects(`${store}/`, 1)) return true;
  return false;
}

/** Name of what is written down of a datastore. */
export function recordKey(store: string): string {
  return `.tappaas/${store}.json`;
}

/** Name of what is written each time its bucket was cleaned from outside: the moment is the object's own. */
export function cleanedKey(store: string): string {
  return `.tappaas/${store}.cleaned.json`;
}

/** Writes down that a bucket was cleaned, so that whoever fills it is told when nobody does any more. */
export async function writeCleaned(bucket: S3Bucket, store: string, at: Date): Promise<void> {
  await bucket.write(cleanedKey(store), `${JSON.stringify({ at: at.toISOString() })}\n`);
}

function fromJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
