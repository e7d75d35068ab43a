import * as z from "zod";

import { HttpsClient, type ApiRequest, type Parameters, type Server } from "./https-client";
import { type Privileges } from "./pbs-client";
import { PVE_DIALECT } from "./pve-dialect";
import * as shapes from "./pve-shapes";
import { taskEnd, type TaskWatch } from "./task";

const NOTHING = z.unknown();
const encode = encodeURIComponent;
const WEBHOOKS = "/cluster/notifications/endpoints/webhook";
const MATCHERS = "/cluster/notifications/matchers";

/** Typed operations of Proxmox VE 9.2. Knows nothing of Pulumi. */
export class PveClient {
  readonly #https: HttpsClient;

  constructor(
    /** Where it is, how it is trusted, who asks. */
    public readonly server: Server,
    pauses?: readonly number[],
  ) {
    this.#https = new HttpsClient(server, PVE_DIALECT, pauses);
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#https.close();
  }

  /** Any request, its answer held against `shape`. */
  readonly ask = <T>(shape: z.ZodType<T>, request: ApiRequest): Promise<T> => this.#https.ask(shape, request);

  /** Own effective rights on `path`: the privilege, and whether it reaches below. */
  async privileges(path: string): Promise<Privileges> {
    const shape = z.record(z.string(), z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])));
    const rights = await this.ask(shape, { method: "GET", path: "/access/permissions", parameters: { path } });
    const own = Object.entries(rights[path] ?? {});
    return Object.fromEntries(own.map(([privilege, below]) => [privilege, below === true || Number(below) === 1]));
  }

  /** Storage entries that the login may see, of every type. */
  storages(): Promise<shapes.PveStorage[]> {
    return this.ask(z.array(shapes.PVE_STORAGE), { method: "GET", path: "/storage" });
  }

  /** Makes a storage entry. PVE answers with the encryption key in it; the answer is dropped. */
  createStorage(storage: Parameters): Promise<unknown> {
    return this.ask(NOTHING, { method: "POST", path: "/storage", parameters: storage });
  }

  /** Changes a storage entry in place. Password and key are touched only when they are named. */
  updateStorage(storage: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    const parameters = { ...settings, ...(unset.length > 0 && { delete: unset }) };
    return this.ask(NOTHING, { method: "PUT", path: `/storage/${encode(storage)}`, parameters });
  }

  /** Removes a storage entry, **and with it the password and the encryption key that PVE keeps for it**. */
  removeStorage(storage: string): Promise<unknown> {
    return this.ask(NOTHING, { method: "DELETE", path: `/storage/${encode(storage)}` });
  }

  /** All backup jobs of the cluster. */
  backupJobs(): Promise<shapes.PveBackupJob[]> {
    return this.ask(z.array(shapes.PVE_BACKUP_JOB), { method: "GET", path: "/cluster/backup" });
  }

  /** Makes a backup job. PVE checks neither that its storage exists nor that its guests do. */
  createBackupJob(job: Parameters): Promise<unknown> {
    return this.ask(NOTHING, { method: "POST", path: "/cluster/backup", parameters: job });
  }

  /** Changes a backup job; `unset` names what it no longer has. */
  updateBackupJob(id: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    const parameters = { ...settings, ...(unset.length > 0 && { delete: unset }) };
    return this.ask(NOTHING, { method: "PUT", path: `/cluster/backup/${encode(id)}`, parameters });
  }

  /** Removes a backup job; what it backed up stays. */
  removeBackupJob(id: string): Promise<unknown> {
    return this.ask(NOTHING, { method: "DELETE", path: `/cluster/backup/${encode(id)}` });
  }

  /** Webhooks to which messages go. */
  webhooks(): Promise<shapes.PveWebhook[]> {
    return this.ask(z.array(shapes.PVE_WEBHOOK), { method: "GET", path: WEBHOOKS });
  }

  /** Makes a webhook. */
  createWebhook(name: string, settings: Parameters): Promise<unknown> {
    return this.ask(NOTHING, { method: "POST", path: WEBHOOKS, parameters: { name, ...settings } });
  }

  /** Changes a webhook; `unset` names what it no longer has. */
  updateWebhook(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    const parameters = { ...settings, ...(unset.length > 0 && { delete: { each: unset } }) };
    return this.ask(NOTHING, { method: "PUT", path: `${WEBHOOKS}/${encode(name)}`, parameters });
  }

  /** Removes a webhook. PVE refuses while a rule names it. */
  removeWebhook(name: string): Promise<unknown> {
    return this.ask(NOTHING, { method: "DELETE", path: `${WEBHOOKS}/${encode(name)}` });
  }

  /** Rules for which messages go where. */
  matchers(): Promise<shapes.PveMatcher[]> {
    return this.ask(z.array(shapes.PVE_MATCHER), { method: "GET", path: MATCHERS });
  }

  /** Makes a rule. */
  createMatcher(name: string, settings: Parameters): Promise<unknown> {
    return this.ask(NOTHING, { method: "POST", path: MATCHERS, parameters: { name, ...settings } });
  }

  /** Changes a rule; `unset` names what it no longer has. */
  updateMatcher(name: string, settings: Parameters, unset: readonly string[] = []): Promise<unknown> {
    const parameters = { ...settings, ...(unset.length > 0 && { delete: { each: unset } }) };
    return this.ask(NOTHING, { method: "PUT", path: `${MATCHERS}/${encode(name)}`, parameters });
  }

  /** Removes a rule. */
  removeMatcher(name: string): Promise<unknown> {
    return this.ask(NOTHING, { method: "DELETE", path: `${MATCHERS}/${encode(name)}` });
  }

  /**
   * Waits for the end of a task that runs on `node`.
   * @throws {TaskFailed} Unless it ends with OK or with warnings.
   */
  taskEnd(node: string, upid: string, watch?: TaskWatch): Promise<void> {
    return taskEnd(this.ask, node, upid, watch);
  }
}
