import { type PbsTask } from "../clients/pbs-shapes";
import { type Fields } from "./fields";
import { FORMER_RIGHT_INPUTS } from "./former-right-inputs";
import { demandSight, type Site } from "./site";

/** Roles with which a user may add backups, and so its tokens may. */
const WRITING_ROLES = ["DatastoreBackup", "DatastorePowerUser", "DatastoreAdmin"];
/** How far back backups are looked for, in days. PBS keeps a thousand tasks at least. */
const DAYS = 31;

/**
 * Why a right cannot end yet; undefined when a backup has succeeded without it and nobody is seen to need it.
 * The proof is PBS's own list of tasks: it says with which login each backup was written.
 */
export async function reasonToWait(site: Site, wanted: Fields): Promise<string | undefined> {
  const { path, authId, datastore, login } = FORMER_RIGHT_INPUTS.parse(wanted);
  const pbs = site.pbs();
  const users = site.hasPve ? (await site.pve().storages()).filter(({ username }) => username === authId) : [];
  if (users.length > 0) return `PVE storage ${users.map(({ storage }) => storage).join(", ")} logs in as ${authId}`;

  const entries = (await pbs.acl()).filter((entry) => entry.path === path && WRITING_ROLES.includes(entry.roleid));
  const lacking = [authId, login].find((holder) => !entries.some(({ ugid }) => ugid === holder));
  if (lacking !== undefined) return `${lacking} would have no right to write backups to ${path}`;

  // Without this right the list shows only the login's own tasks.
  await demandSight(pbs, "/system/tasks", "Sys.Audit");
  const since = Math.floor(site.today().getTime() / 1000) - DAYS * 86_400;
  const backups = (await pbs.backupTasks(since)).filter(
    ({ worker_id: id }) => id?.startsWith(`${datastore}:`) === true,
  );
  const own = backups.filter(({ user, status }) => user === login && isWell(status));
  if (own.length === 0) return `no backup to ${datastore} has succeeded with ${login} yet`;
  const first = Math.min(...own.map(({ starttime }) => starttime));
  const other = backups.find(({ user, starttime }) => user === authId && starttime > first);
  return other === undefined ? undefined : `somebody still writes backups as ${authId}: ${described(other)}`;
}

function isWell(status: string | undefined): boolean {
  return status === "OK" || status?.startsWith("WARNINGS") === true;
}

function described({ worker_id: id = "", starttime }: PbsTask): string {
  return `${id} at ${new Date(starttime * 1000).toISOString()}`;
}
