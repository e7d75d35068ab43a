import { rmSync } from "node:fs";

import { type BackupServer } from "../backup-server";
import { type Call, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { type ConfigFile } from "./config-file";

/**
 * Starts the task that removes a datastore from the configuration. The files stay unless `destroy-data` is sent; the
 * jobs on it and the grants below its path go unless `keep-job-configs` is sent (observed on PBS 4.2.3).
 */
export async function removeDatastore(call: Call): Promise<Reply> {
  const { server, authId } = call;
  const name = call.text("name");
  if (server.datastores.find(name) === undefined) throw new Refusal(`datastore '${name}' does not exist.`, 404);
  server.datastores.rejectStale(call.maybe("digest"));
  const release = await server.datastoreLock.acquire();
  const data = server.tasks.start({ type: "delete-datastore", id: name, authId }, async ({ log }) => {
    try {
      await remove(server, name, call, log);
    } finally {
      release();
    }
  });
  return { data };
}

async function remove(server: BackupServer, name: string, call: Call, log: (line: string) => void): Promise<void> {
  const path = String(server.datastores.find(name)?.["path"]);
  await leaveBucket(server, name, call.flag("destroy-data"));
  if (!call.flag("keep-job-configs")) removeDependants(server, name);
  server.datastores.remove(name);
  if (!call.flag("destroy-data")) return;
  server.machine.site.events.record(server.machine.name, "danger", `all data of datastore "${name}" destroyed`);
  rmSync(server.diskPath(path), { recursive: true, force: true });
  log(`destroyed data at ${path}`);
}

/**
 * Takes the mark out of a datastore's bucket, and with `destroy-data` everything else. Where the bucket refuses, the datastore stays in
 * the mode `delete`, until a removal with a better key succeeds (observed on PBS 4.2.3).
 */
async function leaveBucket(server: BackupServer, name: string, isDestroyed: boolean): Promise<void> {
  const backend = server.backendOf(name);
  if (backend === undefined) return;
  server.datastores.write(name, { ...server.datastores.find(name), "maintenance-mode": "delete" });
  const keys = isDestroyed ? await backend.client.list(`${name}/`) : [];
  await backend.client.removeAll(keys);
  await backend.client.remove(backend.markerKey);
}

function removeDependants(server: BackupServer, store: string): void {
  for (const file of [server.pruneJobs, server.verifyJobs, server.syncJobs]) removeJobsOf(file, store);
  const top = `/datastore/${store}`;
  server.acl.change((acl) => {
    acl.entries = acl.entries.filter(({ path }) => path !== top && !path.startsWith(`${top}/`));
  });
}

function removeJobsOf(file: ConfigFile, store: string): void {
  for (const id of file.ids()) if (file.find(id)?.["store"] === store) file.remove(id);
}
