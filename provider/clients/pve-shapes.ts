import * as z from "zod";

/** PVE writes numbers and booleans as numbers or as text, as the code path goes. */
const text = z.union([z.string(), z.number()]).transform(String).optional();
const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((value) => value === true || Number(value) === 1)
  .optional();
const whole = z.union([z.number(), z.string()]).transform(Number).pipe(z.number().int()).optional();

/** A storage entry as `GET /storage` lists it. */
export const PVE_STORAGE = z.looseObject({
  storage: z.string(),
  type: z.string(),
  server: text,
  port: whole,
  datastore: text,
  namespace: text,
  username: text,
  fingerprint: text,
  /** Fingerprint of the key; `1` when the key does not say its own. */
  "encryption-key": text,
  /** `1` when one is set. */
  "master-pubkey": text,
  nodes: text,
  disable: flag,
});

/** A backup job as `GET /cluster/backup` lists it. */
export const PVE_BACKUP_JOB = z.looseObject({
  id: z.string(),
  storage: text,
  schedule: text,
  vmid: text,
  all: flag,
  exclude: text,
  pool: text,
  mode: text,
  comment: text,
  "notification-mode": text,
  "notes-template": text,
  enabled: flag,
  "repeat-missed": flag,
});

/** A webhook as `GET /cluster/notifications/endpoints/webhook` lists it; secrets are named and not shown. */
export const PVE_WEBHOOK = z.looseObject({ name: z.string(), url: text, body: text, comment: text });

/** A rule as `GET /cluster/notifications/matchers` lists it. */
export const PVE_MATCHER = z.looseObject({
  name: z.string(),
  target: z.array(z.string()).optional(),
  "match-severity": z.array(z.string()).optional(),
  "match-field": z.array(z.string()).optional(),
  comment: text,
});

/** A webhook as PVE lists it. */
export type PveWebhook = z.infer<typeof PVE_WEBHOOK>;
/** A rule for messages as PVE lists it. */
export type PveMatcher = z.infer<typeof PVE_MATCHER>;
/** A storage entry as PVE lists it. */
export type PveStorage = z.infer<typeof PVE_STORAGE>;
/** A backup job as PVE lists it. */
export type PveBackupJob = z.infer<typeof PVE_BACKUP_JOB>;
