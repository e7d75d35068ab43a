import * as z from "zod";

const text = z.string().optional();
const count = z.number().int().optional();

/** How many snapshots are kept, in PBS's own names. */
const KEEP = {
  "keep-last": count,
  "keep-hourly": count,
  "keep-daily": count,
  "keep-weekly": count,
  "keep-monthly": count,
  "keep-yearly": count,
};

/** A datastore as `GET /config/datastore` lists it; only what is set is there. */
export const PBS_DATASTORE = z.looseObject({
  name: z.string(),
  path: z.string(),
  comment: text,
  "gc-schedule": text,
  "verify-new": z.boolean().optional(),
  backend: text,
  "maintenance-mode": text,
});

/** A prune job as `GET /config/prune` lists it. */
export const PBS_PRUNE_JOB = z.looseObject({
  id: z.string(),
  store: z.string(),
  schedule: z.string(),
  ...KEEP,
  ns: text,
  "max-depth": count,
  comment: text,
  disable: z.boolean().optional(),
});

/** A verify job as `GET /config/verify` lists it. */
export const PBS_VERIFY_JOB = z.looseObject({
  id: z.string(),
  store: z.string(),
  schedule: text,
  "ignore-verified": z.boolean().optional(),
  "outdated-after": count,
  ns: text,
  "max-depth": count,
  comment: text,
});

const flag = z.boolean().optional();

/** A sync job as `GET /admin/sync` lists it, with its last run. */
export const PBS_SYNC_STATE = z.looseObject({
  id: z.string(),
  "last-run-state": text,
  /** Seconds since 1970. */
  "last-run-endtime": z.number().optional(),
});
/** A sync job as `GET /config/sync` lists it. */
export const PBS_SYNC_JOB = z.looseObject({
  id: z.string(),
  store: z.string(),
  ns: text,
  remote: text,
  "remote-store": z.string(),
  "remote-ns": text,
  "sync-direction": text,
  "rate-out": text,
  schedule: text,
  owner: text,
  "max-depth": count,
  "group-filter": z.array(z.string()).optional(),
  "encrypted-only": flag,
  "verified-only": flag,
  "transfer-last": count,
  "resync-corrupt": flag,
  "remove-vanished": flag,
  "rate-in": text,
  "burst-in": text,
  "worker-threads": count,
  "run-on-mount": flag,
  "unmount-on-done": flag,
  comment: text,
});

/** Another backup server as `GET /config/remote` lists it; its password is never there. */
export const PBS_REMOTE = z.looseObject({
  name: z.string(),
  host: z.string(),
  port: count,
  "auth-id": z.string(),
  fingerprint: text,
  "use-node-proxy": flag,
  comment: text,
});

/** An S3 provider as `GET /config/s3` lists it; its secret is never there. */
export const PBS_S3_ENDPOINT = z.looseObject({
  id: z.string(),
  endpoint: z.string(),
  port: count,
  region: text,
  fingerprint: text,
  "access-key": z.string(),
  "path-style": flag,
  "provider-quirks": z.array(z.string()).optional(),
});

/** A webhook as `GET /config/notifications/endpoints/webhook` lists it; secrets are named and not shown. */
export const PBS_WEBHOOK = z.looseObject({
  name: z.string(),
  url: text,
  body: text,
  header: z.array(z.string()).optional(),
  comment: text,
});

/** A rule as `GET /config/notifications/matchers` lists it. */
export const PBS_MATCHER = z.looseObject({
  name: z.string(),
  target: z.array(z.string()).optional(),
  "match-severity": z.array(z.string()).optional(),
  "match-field": z.array(z.string()).optional(),
  comment: text,
});

/** A user as `GET /access/users` lists it. */
export const PBS_USER = z.looseObject({ userid: z.string(), comment: text, enable: z.boolean().optional() });

/** A token as `GET /access/users/{userid}/token` lists it; its secret is never there. */
export const PBS_TOKEN = z.looseObject({ tokenid: z.string(), comment: text, enable: z.boolean().optional() });

/** An entry of `GET /access/acl`. */
export const PBS_ACL = z.looseObject({
  path: z.string(),
  roleid: z.string(),
  ugid: z.string(),
  propagate: z.boolean(),
});

/** A backup group as `GET /admin/datastore/{store}/groups` lists it. */
export const PBS_GROUP = z.looseObject({ "backup-type": z.string(), "backup-id": z.string(), owner: text });

/** A backup snapshot as `GET /admin/datastore/{store}/snapshots` lists it. */
export const PBS_SNAPSHOT = z.looseObject({
  "backup-type": z.string(),
  "backup-id": z.string(),
  /** Seconds since 1970. */
  "backup-time": z.number(),
  files: z.array(z.looseObject({ filename: z.string(), "crypt-mode": text })),
  protected: z.boolean().optional(),
  /** Its last verification: `ok` or `failed`. */
  verification: z.looseObject({ state: z.string() }).optional(),
});

/** One line of a dry run of prune. */
export const PBS_PRUNED = z.looseObject({
  "backup-type": z.string(),
  "backup-id": z.string(),
  "backup-time": z.number(),
  keep: z.boolean(),
  protected: z.boolean().optional(),
});

/** A task as `GET /nodes/{node}/tasks` lists it. */
export const PBS_TASK = z.looseObject({
  upid: z.string(),
  worker_type: z.string(),
  worker_id: text,
  /** User or token that started it. */
  user: z.string(),
  /** Seconds since 1970. */
  starttime: z.number(),
  /** Seconds since 1970; absent while it runs. */
  endtime: z.number().optional(),
  /** `OK`, `WARNINGS: n` or the error; absent while it runs. */
  status: text,
});

/** A datastore as PBS lists it. */
export type PbsDatastore = z.infer<typeof PBS_DATASTORE>;
/** A prune job as PBS lists it. */
export type PbsPruneJob = z.infer<typeof PBS_PRUNE_JOB>;
/** A verify job as PBS lists it. */
export type PbsVerifyJob = z.infer<typeof PBS_VERIFY_JOB>;
/** A sync job with its last run. */
export type PbsSyncState = z.infer<typeof PBS_SYNC_STATE>;
/** A sync job as PBS lists it. */
export type PbsSyncJob = z.infer<typeof PBS_SYNC_JOB>;
/** Another backup server as PBS lists it. */
export type PbsRemote = z.infer<typeof PBS_REMOTE>;
/** An S3 provider as PBS lists it. */
export type PbsS3Endpoint = z.infer<typeof PBS_S3_ENDPOINT>;
/** A webhook as PBS lists it. */
export type PbsWebhook = z.infer<typeof PBS_WEBHOOK>;
/** A rule as PBS lists it. */
export type PbsMatcher = z.infer<typeof PBS_MATCHER>;
/** A user as PBS lists it. */
export type PbsUser = z.infer<typeof PBS_USER>;
/** A token as PBS lists it. */
export type PbsToken = z.infer<typeof PBS_TOKEN>;
/** An ACL entry as PBS lists it. */
export type PbsAcl = z.infer<typeof PBS_ACL>;
/** A backup group as PBS lists it. */
export type PbsGroup = z.infer<typeof PBS_GROUP>;
/** A backup snapshot as PBS lists it. */
export type PbsSnapshot = z.infer<typeof PBS_SNAPSHOT>;
/** A task as PBS lists it. */
export type PbsTask = z.infer<typeof PBS_TASK>;
/** One backup snapshot and its fate in a dry run of prune. */
export type PbsPruned = z.infer<typeof PBS_PRUNED>;
