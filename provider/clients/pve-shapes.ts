import * as z from "zod";

/** PVE writes numbers and booleans as numbers or as text, as the code path goes. */
export const TEXT = z.union([z.string(), z.number()]).transform(String).optional();
/** Set or not, however it is written; undefined where nothing is said. */
export const FLAG = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((value) => value === true || Number(value) === 1)
  .optional();
/** A whole number, as a number or as text. */
export const WHOLE = z.union([z.number(), z.string()]).transform(Number).pipe(z.number().int()).optional();

/** A storage entry as `GET /storage` lists it. */
export const PVE_STORAGE = z.looseObject({
  storage: z.string(),
  type: z.string(),
  server: TEXT,
  port: WHOLE,
  datastore: TEXT,
  namespace: TEXT,
  username: TEXT,
  fingerprint: TEXT,
  /** Fingerprint of the key; `1` when the key does not say its own. */
  "encryption-key": TEXT,
  /** `1` when one is set. */
  "master-pubkey": TEXT,
  nodes: TEXT,
  disable: FLAG,
});

/** A backup job as `GET /cluster/backup` lists it. */
export const PVE_BACKUP_JOB = z.looseObject({
  id: z.string(),
  storage: TEXT,
  schedule: TEXT,
  vmid: TEXT,
  all: FLAG,
  exclude: TEXT,
  pool: TEXT,
  mode: TEXT,
  comment: TEXT,
  "notification-mode": TEXT,
  "notes-template": TEXT,
  enabled: FLAG,
  "repeat-missed": FLAG,
});

/** A webhook as `GET /cluster/notifications/endpoints/webhook` lists it; secrets are named and not shown. */
export const PVE_WEBHOOK = z.looseObject({
  name: z.string(),
  url: TEXT,
  body: TEXT,
  header: z.array(z.string()).optional(),
  comment: TEXT,
});

/** A rule as `GET /cluster/notifications/matchers` lists it. */
export const PVE_MATCHER = z.looseObject({
  name: z.string(),
  target: z.array(z.string()).optional(),
  "match-severity": z.array(z.string()).optional(),
  "match-field": z.array(z.string()).optional(),
  comment: TEXT,
});

/** A webhook as PVE lists it. */
export type PveWebhook = z.infer<typeof PVE_WEBHOOK>;
/** A rule for messages as PVE lists it. */
export type PveMatcher = z.infer<typeof PVE_MATCHER>;
/** A storage entry as PVE lists it. */
export type PveStorage = z.infer<typeof PVE_STORAGE>;
/** A backup job as PVE lists it. */
export type PveBackupJob = z.infer<typeof PVE_BACKUP_JOB>;
