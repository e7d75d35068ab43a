import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { type S3Client } from "@aws-sdk/client-s3";

import { type Machine } from "../core/machine";
import { type Document } from "../core/state";
import { versionsOf } from "../core/versions";
import { type TaskList, Tasks } from "../core/tasks";
import { dayOneNotifications, Notifications } from "../notify/notifications";
import { type AclEntry } from "./access/acl-tree";
import { Rights, SUPERUSER } from "./access/rights";
import { Secrets, type Shadow } from "./access/secrets";
import { Tickets } from "./access/tickets";
import { ConfigFile, type Fields } from "./config/config-file";
import { Lock } from "./lock";
import { Refusal } from "./refusal";
import { s3PlaceOf } from "./s3/backend-field";
import { BucketClient } from "./s3/bucket-client";
import { ObjectBackend } from "./s3/object-backend";
import { DEFAULT_SETTINGS, type PbsSettings } from "./settings";
import { Datastore } from "./store/datastore";
import { isToken, userOf } from "./store/owner";
import { PBS_TASKS } from "./upid";

/** Stored list of grants. */
export interface AclList {
  /** At most one for each path, auth id and role. */
  entries: AclEntry[];
}

/** Stored passwords of remotes: this server has to send them, so it keeps them as they are. */
export interface RemotePasswords {
  /** By name of the remote. */
  passwords: Record<string, string>;
}

/** What one backup server knows and owns. */
export class BackupServer {
  readonly settings: Document<PbsSettings>;
  readonly users: ConfigFile;
  readonly tokens: ConfigFile;
  readonly datastores: ConfigFile;
  readonly pruneJobs: ConfigFile;
  readonly verifyJobs: ConfigFile;
  readonly syncJobs: ConfigFile;
  readonly remotes: ConfigFile;
  readonly remotePasswords: Document<RemotePasswords>;
  /** Endpoints of S3 providers, without their secrets. */
  readonly s3Endpoints: ConfigFile;
  readonly s3Secrets: Document<{ secrets: Record<string, string> }>;
  readonly acl: Document<AclList>;
  readonly secrets: Secrets;
  readonly tickets: Tickets;
  readonly rights: Rights;
  readonly tasks: Tasks;
  readonly notifications: Notifications;
  /** Held by whoever changes a datastore's configuration; the creation of one holds it until its task ends. */
  readonly datastoreLock = new Lock();
  /** Chunks of backups under way, by datastore: no index names them yet, and they must not be collected. */
  readonly arriving = new Map<string, Set<string>>();
  /** The same for what sync jobs fetch. */
  readonly pulling = new Map<string, Set<string>>();
  /** Connections to S3 providers, by endpoint and key. */
  readonly s3Clients = new Map<string, S3Client>();
  /** Caches that were refreshed since this server started, by datastore: it keeps their first path (observed on PBS 4.2.3). */
  readonly refreshed = new Map<string, string>();

  /** Version of PBS, `4.2`. */
  readonly version: string;

  constructor(readonly machine: Machine) {
    this.version = versionsOf(machine.site.description).pbs;
    this.settings = this.document("settings", () => ({ ...DEFAULT_SETTINGS }));
    const file = (name: string): ConfigFile => new ConfigFile(this.document(name, () => ({ sections: {} })));
    this.users = file("users");
    this.tokens = file("tokens");
    this.datastores = file("datastores");
    this.pruneJobs = file("prune-jobs");
    this.verifyJobs = file("verify-jobs");
    this.syncJobs = file("sync-jobs");
    this.remotes = file("remotes");
    this.remotePasswords = this.document<RemotePasswords>("remote-passwords", () => ({ passwords: {} }));
    this.s3Endpoints = file("s3");
    this.s3Secrets = this.document<{ secrets: Record<string, string> }>("s3-secrets", () => ({ secrets: {} }));
    this.acl = this.document<AclList>("acl", () => ({ entries: [] }));
    this.secrets = new Secrets(this.document<Shadow>("shadow", () => ({ digests: {} })));
    const { clock } = machine.site;
    const ticketSecret = machine.site.secret(`${machine.name}/ticket`, () => randomBytes(32).toString("hex"));
    this.tickets = new Tickets(ticketSecret, () => clock.seconds());
    const { acl, settings } = this;
    this.rights = new Rights(
      () => acl.value.entries,
      () => settings.value.aclDelay,
    );
    this.notifications = new Notifications(this.document("notifications", dayOneNotifications), (line) => {
      machine.site.events.record(machine.name, "notification", line);
    });
    this.tasks = new Tasks(
      machine,
      this.document<TaskList>("tasks", () => ({ last: 0, tasks: [] })),
      PBS_TASKS,
    );
  }

  /** One concern's stored state. */
  document<T extends object>(concern: string, initial: () => T): Document<T> {
    return this.machine.site.state.document(`machines/${this.machine.name}/${concern}`, initial);
  }

  /** Where a path of the server's own disk lies. */
  diskPath(path: string): string {
    return join(this.machine.site.state.path("machines", this.machine.name, "disk"), path);
  }

  /** Whether a user or token is there, enabled and not expired. The superuser is always there. */
  isActive(authId: string): boolean {
    const now = this.machine.site.clock.seconds();
    const active = (fields: Fields | undefined): boolean =>
      fields !== undefined &&
      fields["enable"] !== false &&
      (Number(fields["expire"] ?? 0) === 0 || Number(fields["expire"]) > now);
    const user = userOf(authId);
    const userActive = active(this.users.find(user) ?? (user === SUPERUSER ? {} : undefined));
    return userActive && (!isToken(authId) || active(this.tokens.find(authId)));
  }

  /**
   * A datastore that may be worked on.
   * @throws {Refusal} When it is not configured, or a maintenance mode forbids it.
   */
  datastore(name: string, access: "read" | "write"): Datastore {
    const fields = this.datastores.find(name);
    if (fields === undefined) throw new Refusal(`no such datastore '${name}'`);
    const mode = typeof fields["maintenance-mode"] === "string" ? fields["maintenance-mode"] : "";
    const [kind = "", message = ""] = mode.split(/,message=/);
    if (kind === "delete") throw new Refusal("datastore is being deleted");
    if (kind !== "" && (kind !== "read-only" || access === "write")) {
      throw new Refusal(`datastore '${name}' is unavailable: ${MODE_NAMES[kind] ?? kind} maintenance mode: ${message}`);
    }
    return new Datastore(this.diskPath(String(fields["path"])), this.backendOf(name));
  }

  /** The bucket of a datastore; undefined for one that is only a directory. */
  backendOf(name: string): ObjectBackend | undefined {
    const place = s3PlaceOf(this.datastores.find(name)?.["backend"]);
    if (place === undefined) return undefined;
    return new ObjectBackend(BucketClient.open(this, place.client, place.bucket), name);
  }
}

/** How refusals name a maintenance mode. */
const MODE_NAMES: Readonly<Record<string, string>> = {
  "read-only": "read-only",
  offline: "offline",
  unmount: "unmount",
  "s3-refresh": "S3 refresh",
};
