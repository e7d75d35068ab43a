import { randomBytes, randomUUID } from "node:crypto";

import { serveHttps } from "../core/http";
import { type Site } from "../core/site";
import { type PbsDescription } from "../core/site-description";
import { ACL_OPERATIONS } from "./access/acl-api";
import { SUPERUSER } from "./access/rights";
import { SESSION_OPERATIONS } from "./access/session-api";
import { TOKEN_OPERATIONS } from "./access/token-api";
import { USER_OPERATIONS } from "./access/user-api";
import { DATASTORE_STATUS_OPERATIONS } from "./admin/datastore-status-api";
import { DATASTORE_WORK_OPERATIONS } from "./admin/datastore-work-api";
import { GROUP_OPERATIONS } from "./admin/group-api";
import { NODE_OPERATIONS } from "./admin/node-api";
import { SNAPSHOT_OPERATIONS } from "./admin/snapshot-api";
import { BackupServer } from "./backup-server";
import { debug } from "./cli/debug";
import { LocalCalls } from "./cli/local-call";
import { manager } from "./cli/manager";
import { DATASTORE_OPERATIONS } from "./config/datastore-api";
import { NOTIFICATION_OPERATIONS } from "./config/notification-api";
import { PRUNE_JOB_OPERATIONS } from "./config/prune-job-api";
import { SYNC_JOB_OPERATIONS } from "./config/sync-job-api";
import { VERIFY_JOB_OPERATIONS } from "./config/verify-job-api";
import { apiAnswerer } from "./envelope";
import { type Operation } from "./operation";
import { type PbsSettings } from "./settings";
import { TransferServer } from "./transfer/transfer-server";

/** Port of a backup server's API. */
export const PBS_PORT = 8007;

/** All operations that the lab's backup server answers. */
export const PBS_OPERATIONS: readonly Operation[] = [
  ...SESSION_OPERATIONS,
  ...USER_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...ACL_OPERATIONS,
  ...DATASTORE_OPERATIONS,
  ...PRUNE_JOB_OPERATIONS,
  ...VERIFY_JOB_OPERATIONS,
  ...SYNC_JOB_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...DATASTORE_STATUS_OPERATIONS,
  ...SNAPSHOT_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...DATASTORE_WORK_OPERATIONS,
  ...NODE_OPERATIONS,
];

/** Token of the sheet. It has all rights, as somebody gave it on day one. */
const TOKEN = `${SUPERUSER}!lab`;

/** Starts a backup server of the site and enters it into the sheet. */
export async function startPbs(site: Site, { name, host }: PbsDescription): Promise<void> {
  const machine = site.machine(name, host);
  const server = new BackupServer(machine);
  const logins = provision(server);
  const transfer = new TransferServer(server);
  const { port, ...listening } = await serveHttps(
    machine,
    PBS_PORT,
    apiAnswerer(server, PBS_OPERATIONS, (request) => transfer.answer(request)),
  );
  machine.runs(listening);
  const calls = new LocalCalls(server, PBS_OPERATIONS);
  machine.programs.set("proxmox-backup-manager", manager(calls, PBS_OPERATIONS));
  machine.programs.set("proxmox-backup-debug", debug(calls));
  const { fingerprint } = await site.authority.certificateFor(name, machine.address);
  site.sheet.pbs(name, { address: machine.address, api: `https://${machine.address}:${port}`, fingerprint, logins });
  site.control.register(`pbs-settings:${name}`, (change) => changeSettings(server, change));
}

/** Day one: the superuser has a password, and a token with all rights. What was changed since stays changed. */
function provision(server: BackupServer) {
  const { site, name } = server.machine;
  const password = site.secret(`${name}/${SUPERUSER}`, () => randomBytes(12).toString("hex"));
  const secret = site.secret(`${name}/${TOKEN}`, () => randomUUID());
  const logins = { [SUPERUSER]: { password }, token: { id: TOKEN, secret } } as const;
  const day = server.document("day-one", () => ({ done: false }));
  if (day.value.done) return logins;
  server.users.write(SUPERUSER, {});
  server.secrets.set(SUPERUSER, password);
  server.tokens.write(TOKEN, {});
  server.secrets.set(TOKEN, secret);
  server.acl.change(({ entries }) =>
    entries.push({ path: "/", ugid: TOKEN, ugid_type: "user", roleid: "Admin", propagate: true }),
  );
  day.change((draft) => (draft.done = true));
  return logins;
}

/** Control command: changes the settings that are named, and tells all of them. */
function changeSettings({ settings }: BackupServer, change: Readonly<Record<string, unknown>>): PbsSettings {
  const unknown = Object.keys(change).filter((name) => !(name in settings.value));
  if (unknown.length > 0) throw new Error(`Unknown settings: ${unknown.join(", ")}.`);
  settings.change((draft) => Object.assign(draft, change));
  return settings.value;
}
