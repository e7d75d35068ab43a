import { existsSync, mkdirSync, readdirSync } from "node:fs";

import { type BackupServer } from "../backup-server";
import { type Call } from "../operation";
import { messageOf, Refusal } from "../refusal";
import { ChunkStore } from "../store/chunk-store";
import { type S3Place } from "./backend-field";
import { BucketClient } from "./bucket-client";
import { ObjectBackend } from "./object-backend";
import { fillCache } from "./refresh";

/**
 * Looks whether the bucket of a new datastore can be reached. A wrong key and a missing bucket look alike (observed on PBS 4.2.3).
 * @throws {Refusal} Before any task begins.
 */
export async function rejectUnreachable(server: BackupServer, place: S3Place): Promise<void> {
  const client = BucketClient.open(server, place.client, place.bucket);
  try {
    await client.head();
  } catch (error) {
    const isCertificate = messageOf(error).includes("certificate");
    const why = isCertificate ? messageOf(error) : "bucket does not exist or no permission to access it";
    throw new Refusal(`failed to access bucket: ${why}`);
  }
}

/** What a request for a new datastore says about what is there. */
export interface Reuse {
  /** Whether a datastore in the bucket is taken up. */
  readonly isReused: boolean;
  /** Whether the mark of another server in the bucket is overwritten. */
  readonly overwritesInUse: boolean;
}

/** What was asked about what is there. */
export function reuseOf(call: Call): Reuse {
  return { isReused: call.flag("reuse-datastore"), overwritesInUse: call.flag("overwrite-in-use") };
}

/**
 * Makes cache and mark of a datastore in a bucket. Whether the bucket has data of that name already is not looked at: without `reuse`
 * the new datastore is empty, and its first garbage collection frees all of them (observed on PBS 4.2.3).
 * @throws {Error} When the mark of a server lies there and both flags are not set, or the cache's directory cannot be used.
 */
export async function makeObjectDatastore(
  server: BackupServer,
  name: string,
  path: string,
  { place, isReused, overwritesInUse }: Reuse & { readonly place: S3Place },
): Promise<void> {
  const backend = new ObjectBackend(BucketClient.open(server, place.client, place.bucket), name);
  await backend.client.head();
  const mark = await backend.client.get(backend.markerKey);
  if (mark !== undefined && !(isReused && overwritesInUse)) {
    const { hostname } = JSON.parse(mark.toString("utf8")) as { hostname: string };
    throw new Error(`Bucket already contains datastore in use by host ${hostname}`);
  }
  makeCache(server.diskPath(path), path, isReused);
  await backend.client.put(backend.markerKey, JSON.stringify({ hostname: server.machine.name }));
  await backend.probe();
  if (isReused) await fillCache(server, name, path, backend);
}

function makeCache(directory: string, path: string, isReused: boolean): void {
  const left = existsSync(directory) ? readdirSync(directory) : [];
  if (isReused && left.includes(".chunks")) return;
  if (left.includes(".chunks")) throw new Error(`unable to create chunk store "${path}/.chunks" - EEXIST: File exists`);
  if (left.length > 0) throw new Error("datastore path not empty");
  mkdirSync(directory, { recursive: true });
  new ChunkStore(directory).create();
}
