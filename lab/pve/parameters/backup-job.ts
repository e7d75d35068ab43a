import { flag, integer, list, oneOf, optional, text, type Parameters } from "../../core/specification";
import { JOB_ID, NODE, STORAGE } from "./common";

/** What every backup may be told, now or by schedule. */
const BACKUP: Parameters = {
  all: optional(flag()),
  bwlimit: optional(integer({ minimum: 0 })),
  compress: optional(oneOf("0", "1", "gzip", "lzo", "zstd")),
  dumpdir: optional(text()),
  exclude: optional(text({ format: "pve-vmid-list" })),
  "exclude-path": optional(list(text())),
  fleecing: optional(text({ format: "backup-fleecing" })),
  ionice: optional(integer({ minimum: 0, maximum: 8 })),
  lockwait: optional(integer({ minimum: 0 })),
  mailnotification: optional(oneOf("always", "failure")),
  mailto: optional(text({ format: "email-or-username-list" })),
  mode: optional(oneOf("snapshot", "suspend", "stop")),
  node: optional(NODE),
  "notes-template": optional(text({ maxLength: 1024, requires: "storage" })),
  "notification-mode": optional(oneOf("auto", "legacy-sendmail", "notification-system")),
  "pbs-change-detection-mode": optional(oneOf("legacy", "data", "metadata")),
  performance: optional(text({ format: "backup-performance" })),
  pigz: optional(integer()),
  pool: optional(text()),
  protected: optional(flag({ requires: "storage" })),
  "prune-backups": optional(text({ format: "prune-backups" })),
  quiet: optional(flag()),
  remove: optional(flag()),
  script: optional(text()),
  stdexcludes: optional(flag()),
  stop: optional(flag()),
  stopwait: optional(integer({ minimum: 0 })),
  storage: optional(STORAGE),
  tmpdir: optional(text()),
  vmid: optional(text({ format: "pve-vmid-list" })),
  zstd: optional(integer()),
};

/** What a job may be told on top. */
const JOB: Parameters = {
  ...BACKUP,
  comment: optional(text({ maxLength: 512 })),
  dow: optional(text({ format: "pve-day-of-week-list", requires: "starttime" })),
  enabled: optional(flag()),
  "repeat-missed": optional(flag()),
  schedule: optional(text({ format: "pve-calendar-event", maxLength: 128 })),
  starttime: optional(text({ pattern: "\\d{1,2}:\\d{1,2}" })),
};

/** A new backup job. */
export const CREATE_JOB: Parameters = {
  ...JOB,
  id: optional(text({ format: "pve-configid" })),
};

/** A changed backup job. */
export const UPDATE_JOB: Parameters = {
  ...JOB,
  delete: optional(text({ format: "pve-configid-list" })),
  id: JOB_ID,
};

/** A backup now. */
export const VZDUMP: Parameters = {
  ...BACKUP,
  "job-id": optional(JOB_ID),
  stdout: optional(flag()),
};

/** The configuration of the guest in a backup. */
export const EXTRACT_CONFIG: Parameters = {
  node: NODE,
  volume: text(),
};
