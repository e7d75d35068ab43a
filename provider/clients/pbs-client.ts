import * as z from "zod";

import { httpsAddress } from "../../estate/units/web-address";
import { HttpsClient, type ApiRequest, type Parameters, type Server } from "./https-client";
import { type Login } from "./login";
import { PBS_DIALECT } from "./pbs-dialect";
import * as shapes from "./pbs-shapes";
import { taskEnd, type TaskWatch } from "./task";
import { type Trust } from "./trust";

/** Own effective rights on a path: the privilege, and whether it reaches below the path. */
export type Privileges = Readonly<Record<string, boolean>>;

/** Where a server is, and how its certificate is known. */
export interface ServerPlace {
  /** Name or address. */
  readonly address: string;
  /** TCP port. */
  readonly port: number;
  /** SHA-256 of its certificate. @default - the system's CAs decide */
  readonly fingerprint?: string | undefined;
}

/** Which backup group: `vm/110` in a namespace. */
export interface GroupName {
  /** `vm`, `ct` or `host`. */
  readonly type: string;
  /** For guests the VMID. */
  readonly id: string;
  /** @default - the root namespace */
  readonly namespace?: string;
}

const NOTHING = z.unknown();
/** More than a month of nights on a large site. */
const MOST_TASKS = 10_000;
const UPID = z.string().startsWith("UPID:");
const encode = encodeURIComponent;
const WEBHOOKS = "/config/notifications/endpoints/webhook";
const MATCHERS = "/config/notifications/matchers";

/** Typed operations of a Proxmox Backup Server 4.2. Knows nothing of Pulumi. */
export class PbsClient {
  readonly #https: HttpsClient;

  constructor(
    /** Where it is, how it is trusted, who asks. */
    public readonly server: Server,
    private readonly pauses?: readonly number[],
  ) {
    this.#https = new HttpsClient(server, PBS_DIALECT, pauses);
  }

  /** The client of a server by its place. @param pauses See {@link HttpsClient}. */
  static at({ address, port, fingerprint }: ServerPlace, login: Login, pauses?: readonly number[]): PbsClient {
    const trust: Trust = fingerprint === undefined ? {} : { fingerprint };
    return new PbsClient({ endpoint: httpsAddress(address, port), trust, login }, pauses);
  }

  /** The same server, asked by somebody else. */
  as(login: Login): PbsClient {
    return new PbsClient({ ...this.server, login }, this.pauses);
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#https.close();
  }

  /** Any request, its answer held against `shape`. */
  readonly ask = <T>(shape: z.ZodType<T>, request: ApiRequest): Promise<T> => this.#https.ask(shape, request);

  /** Own effective rights on `path`; none at all is an empty object. */
  async privileges(path: string): Promise<Privileges> {
    const rights = await this.#get(z.record(z.string(), z.record(z.string(), z.boolean())), "/access/permissions", {
      path,
    });
    return rights[path] ?? {};
  }

  /** What it runs, `4.2`. */
  async version(): Promise<string> {
    return (await this.#get(z.looseObject({ version: z.string() }), "/version")).version;
  }

  /** Datastores that the login may see. */
  datastores(): Promise<shapes.PbsDatastore[]> {
    return this.#get(z.array(shapes.PBS_DATASTORE), "/config/datastore");
  }

  /** Starts making a datastore. It is there only once the task has ended. */
  createDatastore(datastore: Parameters): Promise<string> {
    return this.ask(UPID, { method: "POST", path: "/config/datastore", parameters: datastore });
  }

  /** Changes a datastore's settings; `unset` names those that go back to their default. */
  updateDatastore(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/datastore/${encode(name)}`, settings, unset);
  }

  /** Starts forgetting a datastore. Its data, its jobs and its ACL stay: there is no way to ask this client for more. */
  forgetDatastore(name: string): Promise<string> {
    const parameters = { "keep-job-configs": true };
    return this.ask(UPID, { method: "DELETE", path: `/config/datastore/${encode(name)}`, parameters });
  }

  /** Prune jobs that the login may see. */
  pruneJobs(): Promise<shapes.PbsPruneJob[]> {
    return this.#get(z.array(shapes.PBS_PRUNE_JOB), "/config/prune");
  }

  /** Makes a prune job. */
  createPruneJob(job: Parameters): Promise<unknown> {
    return this.#post("/config/prune", job);
  }

  /** Changes a prune job; `unset` names what it no longer has. */
  updatePruneJob(id: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/prune/${encode(id)}`, settings, unset);
  }

  /** Removes a prune job; the backup snapshots stay. */
  removePruneJob(id: string): Promise<unknown> {
    return this.#delete(`/config/prune/${encode(id)}`);
  }

  /** Verify jobs that the login may see. */
  verifyJobs(): Promise<shapes.PbsVerifyJob[]> {
    return this.#get(z.array(shapes.PBS_VERIFY_JOB), "/config/verify");
  }

  /** Makes a verify job. */
  createVerifyJob(job: Parameters): Promise<unknown> {
    return this.#post("/config/verify", job);
  }

  /** Changes a verify job; `unset` names what it no longer has. */
  updateVerifyJob(id: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/verify/${encode(id)}`, settings, unset);
  }

  /** Removes a verify job. */
  removeVerifyJob(id: string): Promise<unknown> {
    return this.#delete(`/config/verify/${encode(id)}`);
  }

  /** Sync jobs that the login may see, those that push too. */
  syncJobs(): Promise<shapes.PbsSyncJob[]> {
    return this.#get(z.array(shapes.PBS_SYNC_JOB), "/config/sync", { "sync-direction": "all" });
  }

  /** The same that pull, each with its last run. */
  syncStates(): Promise<shapes.PbsSyncState[]> {
    return this.#get(z.array(shapes.PBS_SYNC_STATE), "/admin/sync");
  }

  /** Makes a sync job. */
  createSyncJob(job: Parameters): Promise<unknown> {
    return this.#post("/config/sync", job);
  }

  /** Changes a sync job; `unset` names what it no longer has. */
  updateSyncJob(id: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/sync/${encode(id)}`, settings, unset);
  }

  /** Removes a sync job; the copies stay. */
  removeSyncJob(id: string): Promise<unknown> {
    return this.#delete(`/config/sync/${encode(id)}`);
  }

  /** Other backup servers that the login may see, without their passwords. */
  remotes(): Promise<shapes.PbsRemote[]> {
    return this.#get(z.array(shapes.PBS_REMOTE), "/config/remote");
  }

  /** Enters another backup server. PBS asks nothing of it. */
  createRemote(settings: Parameters): Promise<unknown> {
    return this.#post("/config/remote", settings);
  }

  /** Changes how another backup server is reached; `unset` names what goes back to its default. */
  updateRemote(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/remote/${encode(name)}`, settings, unset);
  }

  /** Forgets another backup server. PBS refuses while a sync job needs it. */
  removeRemote(name: string): Promise<unknown> {
    return this.#delete(`/config/remote/${encode(name)}`);
  }

  /** Asks another backup server what it has for this one, with the login that is stored for it. */
  scanRemote(name: string): Promise<unknown> {
    return this.#get(NOTHING, `/config/remote/${encode(name)}/scan`);
  }

  /** S3 providers that the login may see, without the secrets of their keys. */
  s3Endpoints(): Promise<shapes.PbsS3Endpoint[]> {
    return this.#get(z.array(shapes.PBS_S3_ENDPOINT), "/config/s3");
  }

  /** Enters an S3 provider. PBS asks nothing of it. */
  createS3Endpoint(settings: Parameters): Promise<unknown> {
    return this.#post("/config/s3", settings);
  }

  /** Changes how an S3 provider is reached; `unset` names what goes back to its default. */
  updateS3Endpoint(id: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/config/s3/${encode(id)}`, settings, unset);
  }

  /** Forgets an S3 provider. PBS refuses while a datastore needs it. */
  removeS3Endpoint(id: string): Promise<unknown> {
    return this.#delete(`/config/s3/${encode(id)}`);
  }

  /** Webhooks to which messages go. */
  webhooks(): Promise<shapes.PbsWebhook[]> {
    return this.#get(z.array(shapes.PBS_WEBHOOK), WEBHOOKS);
  }

  /** Makes a webhook. */
  createWebhook(name: string, settings: Parameters): Promise<unknown> {
    return this.#post(WEBHOOKS, { name, ...settings });
  }

  /** Changes a webhook; `unset` names what it no longer has. */
  updateWebhook(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`${WEBHOOKS}/${encode(name)}`, settings, unset);
  }

  /** Removes a webhook. PBS refuses while a rule names it. */
  removeWebhook(name: string): Promise<unknown> {
    return this.#delete(`${WEBHOOKS}/${encode(name)}`);
  }

  /** Rules for which messages go where. */
  matchers(): Promise<shapes.PbsMatcher[]> {
    return this.#get(z.array(shapes.PBS_MATCHER), MATCHERS);
  }

  /** Makes a rule. */
  createMatcher(name: string, settings: Parameters): Promise<unknown> {
    return this.#post(MATCHERS, { name, ...settings });
  }

  /** Changes a rule; `unset` names what it no longer has. */
  updateMatcher(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`${MATCHERS}/${encode(name)}`, settings, unset);
  }

  /** Removes a rule. */
  removeMatcher(name: string): Promise<unknown> {
    return this.#delete(`${MATCHERS}/${encode(name)}`);
  }

  /** Users that the login may see. */
  users(): Promise<shapes.PbsUser[]> {
    return this.#get(z.array(shapes.PBS_USER), "/access/users");
  }

  /** Makes a user, without a password: nobody can log in as it until it has a token. */
  createUser(user: Parameters): Promise<unknown> {
    return this.#post("/access/users", user);
  }

  /** Changes a user. */
  updateUser(userId: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    return this.#put(`/access/users/${encode(userId)}`, settings, unset);
  }

  /** Removes a user, and with it all its tokens. */
  removeUser(userId: string): Promise<unknown> {
    return this.#delete(`/access/users/${encode(userId)}`);
  }

  /** Tokens of a user. */
  tokens(userId: string): Promise<shapes.PbsToken[]> {
    return this.#get(z.array(shapes.PBS_TOKEN), `/access/users/${encode(userId)}/token`);
  }

  /** Makes a token; the answer holds its secret, once and never again. */
  async createToken(userId: string, tokenName: string, settings: Parameters): Promise<string> {
    const path = `/access/users/${encode(userId)}/token/${encode(tokenName)}`;
    const made = await this.ask(z.object({ value: z.string() }), { method: "POST", path, parameters: settings });
    return made.value;
  }

  /** Changes a token's settings, never its secret. */
  updateToken(userId: string, tokenName: string, settings: Parameters): Promise<unknown> {
    return this.#put(`/access/users/${encode(userId)}/token/${encode(tokenName)}`, settings, []);
  }

  /** Gives a token a new secret, which is the answer; whoever comes with the old one is refused at once. */
  async rotateToken(userId: string, tokenName: string): Promise<string> {
    const path = `/access/users/${encode(userId)}/token/${encode(tokenName)}`;
    const parameters = { regenerate: true };
    return (await this.ask(z.object({ secret: z.string() }), { method: "PUT", path, parameters })).secret;
  }

  /** Removes a token; whoever uses it is refused at once. */
  removeToken(userId: string, tokenName: string): Promise<unknown> {
    return this.#delete(`/access/users/${encode(userId)}/token/${encode(tokenName)}`);
  }

  /** Entries of the access control list that the login may see. */
  acl(): Promise<shapes.PbsAcl[]> {
    return this.#get(z.array(shapes.PBS_ACL), "/access/acl");
  }

  /** Gives a role. Acts within 5 seconds. */
  grant(path: string, role: string, authId: string, propagate: boolean): Promise<unknown> {
    return this.#put("/access/acl", { path, role, "auth-id": authId, propagate }, []);
  }

  /** Takes a role back. Acts within 5 seconds. */
  revoke(path: string, role: string, authId: string): Promise<unknown> {
    return this.#put("/access/acl", { path, role, "auth-id": authId, delete: true }, []);
  }

  /** Backups that were written or tried since a moment, in seconds since 1970, newest first; only own ones without Sys.Audit. */
  async backupTasks(since: number): Promise<shapes.PbsTask[]> {
    const parameters = { typefilter: "backup", since, limit: MOST_TASKS };
    const tasks = await this.#get(z.array(shapes.PBS_TASK), "/nodes/localhost/tasks", parameters);
    // The filter of PBS matches parts of words.
    return tasks.filter(({ worker_type: type }) => type === "backup");
  }

  /** Who began to read a snapshot since a moment, in seconds since 1970, newest first; only own tasks without Sys.Audit. */
  async readerTasks(since: number): Promise<shapes.PbsTask[]> {
    const parameters = { typefilter: "reader", since, limit: MOST_TASKS };
    const tasks = await this.#get(z.array(shapes.PBS_TASK), "/nodes/localhost/tasks", parameters);
    return tasks.filter(({ worker_type: type }) => type === "reader");
  }

  /** Whether this server made, took up or reread a datastore of that name, as far back as its list of tasks goes. */
  async hadDatastore(store: string): Promise<boolean> {
    const found = ["create-datastore", "s3-refresh"].map((typefilter) =>
      this.#get(z.array(shapes.PBS_TASK), "/nodes/localhost/tasks", { typefilter, limit: MOST_TASKS }),
    );
    return (await Promise.all(found)).flat().some(({ worker_id: id }) => id === store);
  }

  /** Namespaces from `parent` down to `depth` levels below, itself first. */
  async namespaces(store: string, parent: string, depth?: number): Promise<string[]> {
    const parameters = { ...(parent !== "" && { parent }), ...(depth !== undefined && { "max-depth": depth }) };
    const path = `/admin/datastore/${encode(store)}/namespace`;
    const found = await this.#get(z.array(z.looseObject({ ns: z.string() })), path, parameters);
    return [...new Set([parent, ...found.map(({ ns }) => ns)])];
  }

  /** Backup groups in one namespace. */
  groups(store: string, namespace = ""): Promise<shapes.PbsGroup[]> {
    const parameters = namespace === "" ? {} : { ns: namespace };
    return this.#get(z.array(shapes.PBS_GROUP), `/admin/datastore/${encode(store)}/groups`, parameters);
  }

  /** Backup snapshots in one namespace. */
  snapshots(store: string, namespace = ""): Promise<shapes.PbsSnapshot[]> {
    const parameters = namespace === "" ? {} : { ns: namespace };
    return this.#get(z.array(shapes.PBS_SNAPSHOT), `/admin/datastore/${encode(store)}/snapshots`, parameters);
  }

  /** What PBS itself would keep and remove of a group. Removes nothing. */
  pruneDryRun(store: string, group: GroupName, keep: Parameters): Promise<shapes.PbsPruned[]> {
    const { type, id, namespace = "" } = group;
    const where = { "backup-type": type, "backup-id": id, ...(namespace !== "" && { ns: namespace }) };
    const path = `/admin/datastore/${encode(store)}/prune`;
    const parameters = { ...where, ...keep, "dry-run": true };
    return this.ask(z.array(shapes.PBS_PRUNED), { method: "POST", path, parameters });
  }

  /** Hands a backup group to another owner, the only one who may then add to it, besides the owner's own user. */
  changeOwner(store: string, group: GroupName, newOwner: string): Promise<unknown> {
    const { type, id, namespace = "" } = group;
    const where = { "backup-type": type, "backup-id": id, ...(namespace !== "" && { ns: namespace }) };
    return this.#post(`/admin/datastore/${encode(store)}/change-owner`, { ...where, "new-owner": newOwner });
  }

  /**
   * Waits for the end of a task.
   * @throws {TaskFailed} Unless it ends with OK or with warnings.
   */
  taskEnd(upid: string, watch?: TaskWatch): Promise<void> {
    return taskEnd(this.ask, "localhost", upid, watch);
  }

  #get<T>(shape: z.ZodType<T>, path: string, parameters: Parameters = {}): Promise<T> {
    return this.ask(shape, { method: "GET", path, parameters });
  }

  #post(path: string, parameters: Parameters): Promise<unknown> {
    return this.ask(NOTHING, { method: "POST", path, parameters });
  }

  #put(path: string, parameters: Parameters, unset: readonly string[]): Promise<unknown> {
    const all = { ...parameters, ...(unset.length > 0 && { delete: unset }) };
    return this.ask(NOTHING, { method: "PUT", path, parameters: all });
  }

  #delete(path: string): Promise<unknown> {
    return this.ask(NOTHING, { method: "DELETE", path });
  }
}
