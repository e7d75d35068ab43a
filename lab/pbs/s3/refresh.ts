import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type BackupServer } from "../backup-server";
import { updated } from "../config/config-file";
import { type Call, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { type ObjectBackend } from "./object-backend";

/** Directories of a datastore in which its metadata lie. */
const METADATA = ["vm", "ct", "host", "ns"];

/** Starts the task that reads all metadata of a bucket into the cache again. Chunks are not read. */
export function refresh(call: Call): Reply {
  const { server, authId } = call;
  const name = call.text("store");
  const fields = server.datastores.find(name);
  if (fields === undefined) throw new Refusal(`no such datastore '${name}'`);
  const data = server.tasks.start({ type: "s3-refresh", id: name, authId }, () => refreshed(server, name));
  return { data };
}

/**
 * Sets the maintenance mode, which stays where the refresh fails, also on a datastore that has no bucket, and is cleared, with whatever
 * was set before, where it succeeds (observed on PBS 4.2.3).
 */
async function refreshed(server: BackupServer, name: string): Promise<void> {
  const fields = server.datastores.find(name) ?? {};
  server.datastores.write(name, { ...fields, "maintenance-mode": "s3-refresh" });
  const backend = server.backendOf(name);
  if (backend === undefined) throw new Error(`datastore '${name}' is not backed by S3`);
  await fillCache(server, name, String(fields["path"]), backend);
  server.datastores.write(name, updated(server.datastores.find(name) ?? {}, {}, ["maintenance-mode"]));
}

/**
 * Reads the metadata of a bucket into a cache: into the path that this datastore had at the first refresh since the server started,
 * even where it has another one now (observed on PBS 4.2.3).
 */
export async function fillCache(
  server: BackupServer,
  name: string,
  path: string,
  backend: ObjectBackend,
): Promise<void> {
  const directory = server.diskPath(server.refreshed.get(name) ?? path);
  server.refreshed.set(name, server.refreshed.get(name) ?? path);
  const growing = `${directory}.refresh`;
  rmSync(growing, { recursive: true, force: true });
  mkdirSync(growing, { recursive: true });
  const prefix = backend.contentKey("");
  for (const key of await backend.client.list(prefix)) {
    const target = join(growing, key.slice(prefix.length));
    mkdirSync(dirname(target), { recursive: true });
    if (!key.endsWith("/.namespace")) writeFileSync(target, (await backend.client.get(key)) ?? "");
  }
  for (const kind of METADATA) rmSync(join(directory, kind), { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const kind of existsSync(growing) ? readdirSync(growing) : [])
    renameSync(join(growing, kind), join(directory, kind));
  rmSync(growing, { recursive: true, force: true });
}
