import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import { serveHttps } from "../core/http";
import { nodeFile } from "../core/own-root";
import { type Machine } from "../core/machine";
import { failed } from "../core/program";
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
import { REMOTE_OPERATIONS } from "./config/remote-api";
import { SYNC_JOB_OPERATIONS } from "./config/sync-job-api";
import { VERIFY_JOB_OPERATIONS } from "./config/verify-job-api";
import { apiAnswerer } from "./envelope";
import { type Operation } from "./operation";
import { S3_OPERATIONS } from "./s3/endpoint-api";
import { type PbsSettings } from "./settings";
import { TransferServer } from "./transfer/transfer-server";

/** Package that brings a backup server. */
export const BACKUP_SERVER_PACKAGE = "proxmox-backup-server";

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
  ...REMOTE_OPERATIONS,
  ...SYNC_JOB_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...S3_OPERATIONS,
  ...DATASTORE_STATUS_OPERATIONS,
  ...SNAPSHOT_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...DATASTORE_WORK_OPERATIONS,
  ...NODE_OPERATIONS,
];

/** Token of the sheet. It has all rights, as somebody gave it on day one. */
const TOKEN = `${SUPERUSER}!lab`;

/** Starts a backup server of the site and enters it into the sheet; one on a node waits for its package. */
export async function startPbs(site: Site, { name, host, instance }: PbsDescription): Promise<void> {
  const machine = site.machine(name, host);
  const server = new BackupServer(machine);
  const logins = provision(server);
  const carrier = site.description.nodes.find((node) => node.host === host);
  const shell = carrier === undefined ? machine : site.machine(carrier.name, host);
  const waits = carrier !== undefined || instance === true;
  if (waits) shell.offers = () => hasSource(shell);
  await offerBackupServer(server, shell, !waits);
  const { fingerprint } = await site.authority.certificateFor(name, machine.address);
  site.sheet.pbs(name, {
    address: machine.address,
    api: `https://${machine.address}:${PBS_PORT}`,
    fingerprint,
    logins,
  });
  site.control.forget(`pbs-settings:${name}`);
  site.control.register(`pbs-settings:${name}`, (change) => changeSettings(server, change));
}

/**
 * Lets the package `proxmox-backup-server` be installed on the machine of that shell, and its programs be found then. Serves at
 * once when it is installed.
 */
export async function offerBackupServer(server: BackupServer, shell: Machine, isInstalled: boolean): Promise<void> {
  const there = server.document("package", () => ({ installed: isInstalled }));
  if (there.value.installed) await serve(server);
  if (there.value.installed) shell.installed.add(BACKUP_SERVER_PACKAGE);
  shell.packages.set(BACKUP_SERVER_PACKAGE, async () => {
    if (there.value.installed) return false;
    await serve(server);
    there.change((state) => (state.installed = true));
    shell.installed.add(BACKUP_SERVER_PACKAGE);
    writeEnterpriseSource(shell);
    return true;
  });
  const calls = new LocalCalls(server, PBS_OPERATIONS);
  const programs = { "proxmox-backup-manager": manager(calls, PBS_OPERATIONS), "proxmox-backup-debug": debug(calls) };
  for (const [program, run] of Object.entries(programs)) {
    const missing = failed(127, `bash: line 1: ${program}: command not found`);
    shell.programs.set(program, (argv) => (there.value.installed ? run(argv) : missing));
  }
}

const SOURCES = "/etc/apt/sources.list.d";

/** Whether one of a node's package sources, with a key that is there, has the backup server: PVE's own do not. */
function hasSource({ site, name }: Machine): boolean {
  const folder = nodeFile(site, name, SOURCES);
  if (!existsSync(folder)) return false;
  const blocks = readdirSync(folder).flatMap((file) => readFileSync(`${folder}/${file}`, "utf8").split(/\n{2,}/));
  const free = blocks.filter((block) => /^URIs: https?:\/\/download\.proxmox\.com\/debian\/pbs$/m.test(block));
  return free.some((block) => {
    const key = /^Signed-By: (\S+)$/m.exec(block)?.[1];
    // The key below /usr comes with every node, and /usr is the lab's own machine's.
    return (
      key !== undefined && (key.startsWith("/usr/share/keyrings/proxmox") || existsSync(nodeFile(site, name, key)))
    );
  });
}

/** The package brings a source for subscribers, which answers nobody else. */
function writeEnterpriseSource({ site, name }: Machine): void {
  const file = nodeFile(site, name, `${SOURCES}/pbs-enterprise.sources`);
  if (existsSync(file)) return;
  mkdirSync(nodeFile(site, name, SOURCES), { recursive: true });
  const lines = ["Types: deb", "URIs: https://enterprise.proxmox.com/debian/pbs", "Suites: trixie"];
  const signed = "Signed-By: /usr/share/keyrings/proxmox-archive-keyring.gpg";
  writeFileSync(file, [...lines, "Components: pbs-enterprise", signed, ""].join("\n"));
}

async function serve(server: BackupServer): Promise<void> {
  const transfer = new TransferServer(server);
  const answerer = apiAnswerer(server, PBS_OPERATIONS, (request) => transfer.answer(request));
  server.machine.runs(await serveHttps(server.machine, PBS_PORT, answerer));
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
