import { randomBytes, randomUUID } from "node:crypto";

import { type AccessState, secretDigest } from "./access";
import { type JobsState } from "./backup-job";
import { ConfigLock } from "./config-lock";
import { type HaState } from "./high-availability";
import { type PveNode } from "./node";
import { privilegesOn } from "./rights";
import { forbidden } from "./refusal";
import { type ReplicationState } from "./replication-job";
import { type StorageState } from "./storage/storage";
import { type Site } from "../core/site";
import { type NodeDescription } from "../core/site-description";
import { type Document } from "../core/state";
import { dayOneNotifications, Notifications } from "../notify/notifications";

/** What the nodes of a cluster share: logins and rights, storages, jobs. A node that stands alone is one of its own. */
export class PveCluster {
  readonly nodes = new Map<string, PveNode>();
  readonly access: Document<AccessState>;
  readonly storages: Document<StorageState>;
  readonly jobs: Document<JobsState>;
  readonly replication: Document<ReplicationState>;
  readonly notifications: Notifications;
  readonly ha: Document<HaState>;
  /** datacenter.cfg, all values text. */
  readonly options: Document<{ options: Record<string, string> }>;
  /** Nodes that the HA manager has seen; undefined where no life of a cluster tells. */
  managerNodes: readonly string[] | undefined;
  readonly storageLock = new ConfigLock();

  private constructor(
    readonly site: Site,
    readonly key: string,
    /** Name of the cluster; undefined for a node that stands alone. */
    readonly name: string | undefined,
    first: NodeDescription,
  ) {
    this.access = site.state.document(`clusters/${key}/access`, () => dayOneAccess(this.rootPassword, this.rootToken));
    this.storages = site.state.document(`clusters/${key}/storage`, () => dayOneStorages(first));
    this.jobs = site.state.document(`clusters/${key}/jobs`, () => ({ jobs: {} }));
    this.notifications = new Notifications(
      site.state.document(`clusters/${key}/notifications`, dayOneNotifications),
      (line) => {
        site.events.record(first.name, "notification", line);
      },
    );
    this.ha = site.state.document(`clusters/${key}/ha`, () => ({ resources: {}, rules: {} }));
    this.options = site.state.document(`clusters/${key}/options`, () => ({ options: {} }));
    this.replication = site.state.document(`clusters/${key}/replication`, () => ({ jobs: {} }));
  }

  /** The cluster of a node; nodes of one cluster get the same object. */
  static of(site: Site, node: NodeDescription): PveCluster {
    const key = node.cluster ?? node.name;
    const known = clusters.get(site)?.get(key);
    if (known !== undefined) return known;
    const made = new PveCluster(site, key, node.cluster, node);
    const ofSite = clusters.get(site) ?? new Map<string, PveCluster>();
    clusters.set(site, ofSite.set(key, made));
    return made;
  }

  /** Password of `root@pam`. */
  get rootPassword(): string {
    return this.site.secret(`${this.key} root@pam`, () => randomBytes(18).toString("base64url"));
  }

  /** Secret of the token `root@pam!lab`, which has all rights. */
  get rootToken(): string {
    return this.site.secret(`${this.key} root@pam!lab`, () => randomUUID());
  }

  /** Key that signs tickets. */
  get ticketKey(): string {
    return this.site.secret(`${this.key} tickets`, () => randomBytes(32).toString("hex"));
  }

  /** Whether `authId` has one of `privileges` (with `any`) or all of them on `path`. */
  allows(authId: string, path: string, privileges: readonly string[], any = false): boolean {
    const held = privilegesOn(this.access.value, authId, path);
    return any ? privileges.some((name) => name in held) : privileges.every((name) => name in held);
  }

  /**
   * Demands privileges.
   * @throws {Refusal} 403 that names path and privileges.
   */
  require(authId: string, path: string, privileges: readonly string[], any = false): void {
    if (!this.allows(authId, path, privileges, any)) throw forbidden(path, privileges, any);
  }

  /** Where a secret of a storage is kept. */
  secretFile(storage: string, extension: "pw" | "enc" | "enc.old" | "master.pem"): string {
    return this.site.state.path("clusters", this.key, "priv", "storage", `${storage}.${extension}`);
  }
}

const clusters = new WeakMap<Site, Map<string, PveCluster>>();

function dayOneAccess(rootPassword: string, rootToken: string): AccessState {
  const lab = { expire: 0, privsep: false, digest: secretDigest(rootToken), comment: "the lab's own" };
  const root = { enable: true, expire: 0, details: {}, passwordDigest: secretDigest(rootPassword), tokens: { lab } };
  return { users: { "root@pam": root }, acl: [] };
}

function dayOneStorages({ storages }: NodeDescription): StorageState {
  const local = { type: "dir", path: "/var/lib/vz", content: "backup,iso,vztmpl" };
  const described = storages.map(({ storage, ...options }) => [storage, options] as const);
  return { storages: { local, ...Object.fromEntries(described) } };
}
