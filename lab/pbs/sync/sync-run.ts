import { startTold } from "../admin/told-task";
import { SUPERUSER } from "../access/rights";
import { type BackupServer } from "../backup-server";
import { type Fields } from "../config/config-file";
import { namespaceOfJob } from "../config/job-file";
import { Refusal } from "../refusal";
import { LocalSource } from "./local-source";
import { pull } from "./pull";
import { push } from "./push";
import { remoteConnection } from "./remote-connection";
import { RemoteSource } from "./remote-source";

/** Starts a sync job as a task, and tells people of its end. */
export function startSync(server: BackupServer, authId: string, id: string, job: Fields): string {
  const { remote, "remote-store": remoteStore } = job;
  const isPush = job["sync-direction"] === "push";
  if (isPush && (typeof remote !== "string" || job["remove-vanished"] === true)) {
    throw new Refusal(
      "sync jobs that push within one server, or delete over there, are not implemented in the lab",
      501,
    );
  }
  const store = String(job["store"]);
  const ns = namespaceOfJob(job);
  const from = typeof remote === "string" ? remote : "-";
  const order = { type: "syncjob", id: `${from}:${String(remoteStore)}:${store}:${ns}:${id}`, authId };
  if (isPush) {
    return startTold(server, order, { type: "sync", store, jobId: id }, async ({ log }) => {
      log(`sync datastore '${store}' to '${from}/${String(remoteStore)}'`);
      const { remoteNs, filters, encryptedOnly } = orderOf(job);
      const what = { ns, remoteStore: String(remoteStore), remoteNs, filters, encryptedOnly };
      const connection = remoteConnection(server, from);
      await push({ source: server.datastore(store, "read"), connection, order: what, log });
    });
  }
  return startTold(server, order, { type: "sync", store, jobId: id }, async ({ log }) => {
    log(`Starting datastore sync job '${order.id}'`);
    log(`sync datastore '${store}' from '${from === "-" ? "" : `${from}/`}${String(remoteStore)}'`);
    const arriving = new Set<string>();
    server.pulling.set(store, arriving);
    try {
      const source =
        typeof remote === "string"
          ? new RemoteSource(remoteConnection(server, remote), String(remoteStore))
          : new LocalSource(server, String(remoteStore), orderOf(job).owner);
      await pull({ server, source, target: server.datastore(store, "write"), arriving, order: orderOf(job), log });
    } finally {
      server.pulling.delete(store);
    }
    log(`sync job '${id}' end`);
  });
}

function orderOf(job: Fields) {
  const depth = job["max-depth"];
  const last = job["transfer-last"];
  return {
    store: String(job["store"]),
    ns: namespaceOfJob(job),
    remoteNs: typeof job["remote-ns"] === "string" ? job["remote-ns"] : "",
    depth: typeof depth === "number" ? depth : undefined,
    owner: typeof job["owner"] === "string" ? job["owner"] : SUPERUSER,
    filters: (job["group-filter"] ?? []) as string[],
    last: typeof last === "number" ? last : undefined,
    removeVanished: job["remove-vanished"] === true,
    encryptedOnly: job["encrypted-only"] === true,
    verifiedOnly: job["verified-only"] === true,
    resyncCorrupt: job["resync-corrupt"] === true,
  };
}
