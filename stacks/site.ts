import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";

import {
  BackupJob,
  BackupLogin,
  CopyReader,
  Datastore,
  EncryptionKey,
  FormerRight,
  HostConfig,
  PbsStorage,
  Provider,
  Retention,
  Verification,
  ZfsPool,
  ZfsStorage,
  type ExistingZfsStorage,
} from "../components";
import { nightlyOf, type BackupPlan } from "../estate/backup-plan";
import { type Estate } from "../estate/estate";
import { type PoolStorage } from "../estate/pool";
import { defined } from "../estate/units/defined";
import { declareAlerts } from "./alerts";
import { madeServer, serverAccess, type ServerAccess } from "./backup-server";
import { declareBuckets } from "./buckets";
import { type Configuration } from "./config";
import { declareCopies, type CopyJobs } from "./copies";
import { decided } from "./decided";
import { declareHosted } from "./hosted";
import { declareLinks } from "./links";
import { declareReturnGuard } from "./return-guard";
import { declareTunnel } from "./tunnel";
import { declareCluster, declareFailover, declareQuorumDevice, declareStartup } from "./failover";

/** What a declared site tells the person who runs it. */
export interface DeclaredSite {
  /** VMIDs in the nightly, weekly or monthly backup. */
  readonly protectedGuests: readonly number[];
  /** Reason by VMID for each guest that is not. */
  readonly excludedGuests: Readonly<Record<string, string>>;
  /** Tokens listed for removal. */
  readonly supersededTokens: pulumi.Output<string[]>;
  /** Logins for other places, by user; undefined when the settings name none. Whoever has one reads encrypted backups. */
  readonly copyReaders?: pulumi.Output<Readonly<Record<string, CopyLogin>>> | undefined;
  /** Job that fetches each peer's backups, by the name of the peer; undefined when the settings name none. */
  readonly copies?: CopyJobs | undefined;
  /** Rights from before the program with which backups could be deleted, by the name under which they can end. */
  readonly formerRights: pulumi.Output<string[]>;
}

/** A login with which another place fetches copies. */
export interface CopyLogin {
  /** Token as it logs in, `vault@pbs!pull`. */
  readonly authId: string;
  /** Its secret; undefined where the token was imported. */
  readonly secret: string | undefined;
}

/**
 * One site and its own Proxmox Backup Server.
 *
 * The promise: every guest of the inventory has a backup of last night, encrypted on the node with a key that the server
 * does not have, kept for 7 days, 4 weeks, 12 months and each year for ever; and the login that writes them can delete none.
 */
export function declareSite(configuration: Configuration): DeclaredSite {
  const { estate } = configuration;
  const { access, opts } = providersOf(configuration);
  declareFailover(estate.failover, opts);
  declareCluster(estate.cluster, opts);
  declareStartup(estate.startup, opts);
  declareQuorumDevice(configuration, opts);
  declareTunnel(configuration, opts);
  declareReturnGuard(configuration, opts);
  const { address } = estate.backupServer;
  return address === undefined
    ? unprotected(estate)
    : declareBackups(configuration, { ...estate.backupServer, address }, access, opts);
}

/** Without a backup server nothing is backed up; the estate's findings say so, guest by guest. */
function unprotected({ backup }: Estate): DeclaredSite {
  const nothing = pulumi.output<string[]>([]);
  return { protectedGuests: [], excludedGuests: excludedIn(backup), supersededTokens: nothing, formerRights: nothing };
}

/** The server's objects, the way to it, the jobs, and who is told. */
function declareBackups(
  configuration: Configuration,
  server: Server,
  access: ServerAccess,
  opts: pulumi.ComponentResourceOptions,
): DeclaredSite {
  const { estate } = configuration;
  const { backup } = estate;
  const datastore = new Datastore(
    server.datastore,
    { ...placeOf(server), garbageCollection: backup.garbageCollection, ...defined({ reuse: access.reuse }) },
    opts,
  );
  const { pruneJobId: jobId, retention: keep, pruneSchedule: schedule } = backup;
  new Retention(server.datastore, { datastore, jobId, keep, schedule }, opts);
  const { verifyJobId, verifySchedule, reverifyAfter } = backup;
  const rereading = { jobId: verifyJobId, schedule: verifySchedule, reverifyAfter };
  new Verification(server.datastore, { datastore, ...rereading }, opts);
  const { user: userId, tokenName, tokenRotation: rotation } = server;
  const login = new BackupLogin(userId, { datastore, userId, tokenName, ...defined({ rotation }) }, opts);
  const { fingerprint, masterPublicKey } = estate.key;
  const encryptionKey = new EncryptionKey("backup", { fingerprint, ...defined({ masterPublicKey }) }, opts);
  const reached = { server: addressOf(server, access), datastore, login, encryptionKey };
  const storage = new PbsStorage(backup.storage, { storage: backup.storage, ...reached }, opts);
  declareJobs(backup, storage, opts);
  declareHostConfigs(configuration, storage, opts);
  declareAlerts(configuration.alerts, opts);
  declareBuckets(configuration, datastore, opts);

  const former = new FormerRight(
    server.user,
    { userId: server.user, datastore, login, storage, end: endsAdmin(configuration) },
    opts,
  );

  const excludedGuests = excludedIn(backup);
  const formerRights = former.present.apply((present) => (present ? [adminOf(server)] : []));
  const { superseded } = access;
  const supersededTokens =
    superseded === undefined
      ? login.superseded
      : pulumi.all([login.superseded, superseded]).apply((lists) => lists.flat());
  const copyReaders = declareReaders(estate, datastore, opts);
  declareHosted(estate.hosted, configuration.writers, datastore, opts);
  const links = Object.values(declareLinks(estate.links, server.ssh, configuration.secrets.sshPrivateKey, opts));
  const shell = server.ssh && { ...server.ssh, privateKey: configuration.secrets.sshPrivateKey };
  const machine = { links, shell };
  const logins = { readers: configuration.readers, buckets: configuration.secrets.buckets };
  const copies = estate.peers.length === 0 ? undefined : declareCopies(estate.peers, logins, machine, opts);
  const told = { supersededTokens, formerRights, copyReaders, copies };
  return { protectedGuests: everyGuestOf(backup), excludedGuests, ...told };
}

/** The logins of other places, for who runs the site to hand over. */
function declareReaders({ copyReaders }: Estate, datastore: Datastore, opts: pulumi.ComponentResourceOptions) {
  if (copyReaders.length === 0) return undefined;
  const logins = copyReaders.map((userId) => {
    const { tokenId, secret } = new CopyReader(userId, { datastore, userId }, opts);
    return pulumi.all([tokenId, secret]).apply(([authId, word]) => [userId, { authId, secret: word }] as const);
  });
  return pulumi.secret(pulumi.all(logins).apply((pairs) => Object.fromEntries(pairs)));
}

/** Reason by VMID for each guest that stays out. */
function excludedIn({ excluded }: BackupPlan): Record<string, string> {
  return Object.fromEntries(excluded.map(({ guest, reason }) => [String(guest.vmid), reason]));
}

/** TAPPaaS' scripts make the user that writes backups an Admin of the datastore; whoever has that can delete them all. */
function adminOf({ user, datastore }: Estate["backupServer"]): string {
  return `pbs:FormerRight//datastore/${datastore}?${user}?Admin`;
}

/** A run that only reports asks as if it were to end, so that its owner is asked. */
function endsAdmin({ estate, decisions, reportOnly }: Configuration): boolean {
  return reportOnly || decisions.adoptions.includes(adminOf(estate.backupServer));
}

/**
 * The ways to the site: proxmoxve for what it serves safely, our own provider for the rest. A backup server that the program makes
 * stands on storages of the program, so these are declared on the way to it.
 */
function providersOf(configuration: Configuration) {
  const { pveNode: node, secrets, trust, keyFiles } = configuration;
  const proxmox = new proxmoxve.Provider("pve", { endpoint: node.api, apiToken: secrets.pveApiToken });
  const nodeAccess = {
    pveEndpoint: node.api,
    pveApiToken: secrets.pveApiToken,
    ...(trust.caCertificate !== undefined && { pveCaCertificate: trust.caCertificate }),
  };
  const { machine, onNode } = configuration.estate.backupServer;
  const isMade = machine !== undefined || onNode !== undefined;
  const near = isMade ? new Provider("nodes", nodeAccess) : undefined;
  const storages = near === undefined ? [] : declareStorage(configuration, { providers: [proxmox, near] });
  const made = near && madeServer(configuration, { providers: [proxmox, near], dependsOn: storages });
  const access = made ?? serverAccess(configuration);
  const resilience = new Provider("site", {
    ...nodeAccess,
    ...access.provider,
    keyFile: keyFiles.file,
    keyIdentityFile: keyFiles.identityFile,
    ...decided(configuration),
  });
  const opts = { providers: [proxmox, resilience] };
  if (near === undefined) declareStorage(configuration, opts);
  return { access, opts };
}

/** Pools with the storage entries over them; a pool for nothing but backups has no entry. */
function declareStorage({ estate, secrets }: Configuration, opts: pulumi.ComponentResourceOptions): pulumi.Resource[] {
  const pools = new Map(
    estate.pools.map(({ node, name, raidlevel, disks }) => {
      const ssh = estate.nodes.find((candidate) => candidate.name === node)?.ssh;
      if (ssh === undefined)
        throw new pulumi.RunError(`Pool ${name} is on node ${node}, which the settings do not name.`);
      const shell = { ...ssh, privateKey: secrets.sshPrivateKey };
      return [`${node}/${name}`, new ZfsPool(`${node}-${name}`, { node, shell, pool: name, raidlevel, disks }, opts)];
    }),
  );
  const storages = estate.storages.flatMap(({ storage, pools: behind, observed }) => {
    const [first, ...others] = behind.flatMap(({ node, name }) => pools.get(`${node}/${name}`) ?? []);
    if (first === undefined) return [];
    const args = { storage, pools: [first, ...others] as const, ...existingOf(observed) };
    return new ZfsStorage(storage, args, opts);
  });
  return [...pools.values(), ...storages];
}

/** The nightly job, after those that take guests over from it: a guest that changes is in two jobs and never in none. */
function declareJobs(backup: BackupPlan, storage: PbsStorage, opts: pulumi.ComponentResourceOptions): void {
  const buckets = backup.buckets.map(({ bucket, jobId, schedule, comment, guests }) => {
    const vmids = guests.map(({ vmid }) => vmid);
    return new BackupJob(bucket, { jobId, storage, vmids, schedule, comment }, opts);
  });
  const { jobId, schedule, comment } = backup;
  const vmids = nightlyOf(backup);
  if (vmids.length === 0 && buckets.length > 0) return;
  new BackupJob("nightly", { jobId, storage, vmids, schedule, comment }, { ...opts, dependsOn: buckets });
}

/** VMIDs in any of the jobs. */
function everyGuestOf({ guests, alsoInJob }: BackupPlan): number[] {
  return [...guests.map(({ vmid }) => vmid), ...alsoInJob].toSorted((a, b) => a - b);
}

/** The nodes beneath the guests: PVE's jobs do not read them. */
function declareHostConfigs(
  { estate, secrets }: Configuration,
  storage: PbsStorage,
  opts: pulumi.ComponentResourceOptions,
): void {
  for (const { name: node, ssh } of estate.nodes) {
    const shell = { ...ssh, privateKey: secrets.sshPrivateKey };
    const { configurationTime: at, configuredGuests: guests } = estate.backup;
    new HostConfig(`host-${node}`, { node, shell, storage, at, guests }, opts);
  }
}

function existingOf(observed: PoolStorage["observed"]): { existing?: ExistingZfsStorage } {
  if (observed === undefined) return {};
  const { content, nodes, sparse } = observed;
  const existing = { contents: content, ...(nodes !== undefined && { nodes }) };
  return { existing: sparse === undefined ? existing : { ...existing, thinProvision: sparse } };
}

type Server = Estate["backupServer"] & { readonly address: string };

function placeOf({ datastore, path }: Server) {
  return { datastore, path };
}

function addressOf({ address, port }: Server, { fingerprint }: ServerAccess) {
  return { address, port, ...defined({ fingerprint }) };
}
