import { type BackupServer } from "../backup-server";
import { type Fields } from "../config/config-file";
import { jobPath } from "../config/job-file";
import { SUPERUSER } from "../access/rights";
import { isToken, userOf } from "../store/owner";

/** Whether somebody may see a sync job. Source: PBS 4.2, src/api2/config/sync.rs. */
export function mayRead({ rights }: BackupServer, authId: string, job: Fields): boolean {
  const { remote } = job;
  if (!rights.hasAny(authId, jobPath(job), ["Datastore.Audit"])) return false;
  if (typeof remote === "string") return rights.hasAny(authId, `/remote/${remote}`, ["Remote.Audit"]);
  return rights.hasAny(authId, `/datastore/${String(job["remote-store"])}`, ["Datastore.Audit"]);
}

/** Whether somebody may make, change, remove or run a sync job. Source: PBS 4.2, src/api2/config/sync.rs. */
export function mayChange({ rights }: BackupServer, authId: string, job: Fields): boolean {
  if (job["sync-direction"] === "push") return mayPush(rights.at(authId, jobPath(job)), rights, authId, job);
  const target = rights.at(authId, jobPath(job));
  if (!target.has("Datastore.Backup") || !target.has("Datastore.Audit")) return false;
  if (job["remove-vanished"] === true && !target.has("Datastore.Prune")) return false;
  if (!isOwnOwner(authId, job) && !target.has("Datastore.Modify")) return false;
  const { remote } = job;
  if (typeof remote !== "string") return true;
  return rights.hasAny(authId, `/remote/${remote}/${String(job["remote-store"])}`, ["Remote.Read"]);
}

/** What is pushed is read here, and written there with the remote's own login. */
function mayPush(
  source: ReturnType<BackupServer["rights"]["at"]>,
  rights: BackupServer["rights"],
  authId: string,
  { remote, "remote-store": store, "remote-ns": ns }: Fields,
): boolean {
  if (!source.has("Datastore.Read") || !source.has("Datastore.Audit")) return false;
  const below = typeof ns === "string" && ns !== "" ? `/${ns}` : "";
  return rights.hasAny(authId, `/remote/${String(remote)}/${String(store)}${below}`, ["Remote.DatastoreBackup"]);
}

function isOwnOwner(authId: string, { owner }: Fields): boolean {
  if (typeof owner !== "string") return authId === SUPERUSER;
  return owner === authId || (isToken(owner) && !isToken(authId) && userOf(owner) === authId);
}
