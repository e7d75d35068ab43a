import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";

import { type BackupServer } from "../backup-server";
import { type Call, type Reply } from "../operation";
import { parameterRefusal, Refusal } from "../refusal";
import { KEEP_NAMES } from "../retention";
import { pause } from "../settings";
import { s3PlaceOf } from "../s3/backend-field";
import { makeObjectDatastore, rejectUnreachable, reuseOf } from "../s3/object-datastore";
import { ChunkStore } from "../store/chunk-store";
import { stored } from "./config-file";
import { datastoreFields } from "./datastore-fields";
import { rejectBrokenSchedule } from "./job-file";

/** Fields of the request that are no fields of the datastore. */
const REQUEST_ONLY = ["name", "reuse-datastore", "overwrite-in-use", "prune-schedule", ...KEEP_NAMES];

/**
 * Starts the task that makes a datastore. Until it ends the datastore is not configured, and the lock on the
 * configuration is held. What is wrong with the directory is found only in the task (observed on PBS 4.2.3).
 */
export async function createDatastore(call: Call): Promise<Reply> {
  const { server, authId } = call;
  const name = call.text("name");
  rejectBeforeTask(call);
  const place = s3PlaceOf(call.maybe("backend"));
  if (place !== undefined) await rejectUnreachable(server, place);
  const release = await server.datastoreLock.acquire();
  if (server.datastores.find(name) !== undefined) {
    release();
    throw parameterRefusal({ name: `datastore '${name}' already exists.` });
  }
  const data = server.tasks.start({ type: "create-datastore", id: name, authId }, async ({ signal }) => {
    try {
      await make(call, signal);
    } finally {
      release();
    }
  });
  return { data };
}

function rejectBeforeTask(call: Call): void {
  if (call.maybe("backing-device") !== undefined) {
    throw new Refusal("'POST /config/datastore' with backing-device is not implemented in the lab", 501);
  }
  if (!call.text("path").startsWith("/")) throw parameterRefusal({ path: "expected an absolute path" });
  rejectBrokenSchedule(call.values, "gc-schedule");
  rejectBrokenSchedule(call.values, "prune-schedule");
}

async function make(call: Call, signal: AbortSignal): Promise<void> {
  const { server } = call;
  const path = call.text("path").replace(/\/+$/, "");
  await pause(server.settings.value.datastoreCreation);
  if (signal.aborted) return;
  rejectNested(server, path);
  const directory = server.diskPath(path);
  const place = s3PlaceOf(call.maybe("backend"));
  if (place !== undefined) await makeObjectDatastore(server, call.text("name"), path, { place, ...reuseOf(call) });
  else if (call.flag("reuse-datastore")) rejectUnusable(directory, path);
  else makeEmpty(directory, path);
  server.datastores.write(call.text("name"), datastoreFields({ ...call.except(...REQUEST_ONLY), path }));
  addPruneJob(call);
}

function rejectNested(server: BackupServer, path: string): void {
  for (const name of server.datastores.ids()) {
    const other = String(server.datastores.find(name)?.["path"]);
    if (`${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`)) {
      throw new Error(`nested datastores not allowed: '${name}' already in "${other}"`);
    }
  }
}

function rejectUnusable(directory: string, path: string): void {
  if (!existsSync(directory))
    throw new Error(`unable to open chunk store at "${path}" - ENOENT: No such file or directory`);
  if (!new ChunkStore(directory).exists()) {
    throw new Error(`unable to open chunk store at "${path}/.chunks" - ENOENT: No such file or directory`);
  }
}

function makeEmpty(directory: string, path: string): void {
  const left = existsSync(directory) ? readdirSync(directory) : [];
  if (left.includes(".chunks")) throw new Error(`unable to create chunk store "${path}/.chunks" - EEXIST: File exists`);
  if (left.length > 0) throw new Error("datastore path not empty");
  mkdirSync(directory, { recursive: true });
  new ChunkStore(directory).create();
}

/** Retention given with a datastore becomes a prune job of its own (observed on PBS 4.2.3). */
function addPruneJob(call: Call): void {
  const keep = Object.fromEntries(KEEP_NAMES.map((name) => [name, call.values[name]]));
  const schedule = call.maybe("prune-schedule");
  if (schedule === undefined && Object.values(keep).every((value) => value === undefined)) return;
  const store = call.text("name");
  const id = `default-${store}-${randomUUID()}`.slice(0, 32);
  call.server.pruneJobs.write(id, stored({ ...keep, store, schedule: schedule ?? "daily" }));
}
