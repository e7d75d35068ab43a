import { parseCalendarEvent } from "./calendar-event";

/** Checks one value; the answer says what is wrong, undefined when nothing is. */
export type Format = (value: string) => string | undefined;

const CONFIG_ID = /^[a-z][a-z0-9_-]+$/i;
const STORAGE_ID = /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i;
const NODE_NAME = /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)$/;
const VMID = /^[1-9][0-9]{2,8}$/;
const USER_ID = /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/;
const TOKEN_ID = /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+$/;
const WORD = /^[A-Za-z0-9.\-_]+$/;
const HOST = /^[A-Za-z0-9.:-]+$/;
const DAYS = /^(mon|tue|wed|thu|fri|sat|sun)$/i;
const KEEP = /^(?:keep-(?:last|hourly|daily|weekly|monthly|yearly)=\d+|keep-all=(?:0|1|yes|no|true|false|on|off))$/;

/**
 * Named formats of PVE's parameters. `-list` and `-opt` forms follow from the name.
 * Texts: pve-common, src/PVE/JSONSchema.pm; pve-access-control, src/PVE/Auth/Plugin.pm.
 */
const FORMATS: Readonly<Record<string, Format>> = {
  "pve-node": like(NODE_NAME, () => "value does not look like a valid node name"),
  "pve-vmid": like(VMID, () => "value does not look like a valid VM ID"),
  "pve-configid": like(CONFIG_ID, (value) => `invalid configuration ID '${value}'`),
  "pve-storage-id": like(STORAGE_ID, (value) => `storage ID '${value}' contains illegal characters`),
  "pve-userid": like(USER_ID, (value) => `value '${value}' does not look like a valid user name`),
  "pve-tokenid": like(TOKEN_ID, (value) => `value '${value}' does not look like a valid token ID`),
  "pve-roleid": like(WORD, (value) => `role name '${value}' contains invalid characters`),
  "pve-groupid": like(WORD, (value) => `group name '${value}' contains invalid characters`),
  "pve-poolid": like(/^[A-Za-z0-9.\-_/]+$/, (value) => `pool name '${value}' contains invalid characters`),
  "pve-priv": like(/^[A-Za-z.]+$/, (value) => `invalid privilege '${value}'`),
  "pve-replication-job-id": like(/^[1-9]\d{2,8}-\d{1,9}$/, (value) => `invalid replication job id '${value}'`),
  "pve-ha-resource-id": like(/^(vm|ct):[1-9]\d{2,8}$/, (value) => `invalid resource ID '${value}'`),
  "pve-ha-resource-or-vm-id": like(/^((vm|ct):)?[1-9]\d{2,8}$/, (value) => `invalid resource ID '${value}'`),
  "pve-ha-node": like(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(:\d+)?$/, (value) => `invalid group node '${value}'`),
  "pve-realm": like(WORD, (value) => `invalid realm '${value}'`),
  "pve-day-of-week": like(DAYS, (value) => `invalid day '${value}'`),
  "pve-storage-server": like(HOST, () => "value does not look like a valid server name or IP address"),
  "pve-storage-zfs-blocksize": like(/^\d+[kKmM]?$/, () => "not a valid block size"),
  "pve-storage-content": like(
    /^(images|rootdir|vztmpl|iso|backup|snippets|import|none)$/,
    (value) => `invalid content type '${value}'`,
  ),
  "pve-storage-path": like(/^\//, (value) => `value '${value}' does not look like a valid absolute path`),
  "pve-task-status-type": like(/^(ok|error|warning|unknown)$/i, (value) => `invalid status type '${value}'`),
  "dns-name": like(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, () => "value does not look like a valid DNS name"),
  email: like(/^[^\s@]+@[^\s@]+$/, () => "value does not look like a valid email address"),
  "email-or-username": like(/^[^\s,;]+$/, () => "value does not look like a valid email address or user name"),
  "pve-calendar-event": calendarEvent,
  "prune-backups": pruneBackups,
  "backup-fleecing": like(
    /^(?:(?:enabled=)?[^,=]+|storage=[^,]+)(?:,(?:storage|enabled)=[^,]+)*$/,
    () => "format error",
  ),
  "backup-performance": like(
    /^(?:max-workers|pbs-entries-max)=\d+(?:,(?:max-workers|pbs-entries-max)=\d+)*$/,
    () => "format error",
  ),
};

/** What is wrong with `value` by the named format; undefined when nothing is, or when the format is only a name here. */
export function formatProblem(format: string, value: string): string | undefined {
  const exact = FORMATS[format];
  if (exact !== undefined) return exact(value);
  if (format.endsWith("-opt")) return value === "" ? undefined : formatProblem(format.slice(0, -"-opt".length), value);
  if (!format.endsWith("-list")) return undefined;
  const single = format.slice(0, -"-list".length);
  return splitList(value)
    .map((element) => formatProblem(single, element))
    .find((problem) => problem !== undefined);
}

/** Elements of one of PVE's list texts: separated by commas, semicolons, white space or NUL. */
export function splitList(value: string): string[] {
  return value.split(/[,;\0\s]+/).filter((element) => element !== "");
}

function like(pattern: RegExp, problem: (value: string) => string): Format {
  return (value) => (pattern.test(value) ? undefined : problem(value));
}

function calendarEvent(value: string): string | undefined {
  return parseCalendarEvent(value) === undefined ? `invalid calendar event '${value}'` : undefined;
}

function pruneBackups(value: string): string | undefined {
  const parts = value.split(",");
  if (parts.some((part) => !KEEP.test(part))) return "format error";
  const all = parts.some((part) => /^keep-all=(1|yes|true|on)$/.test(part));
  const others = parts.some((part) => !part.startsWith("keep-all") && !part.endsWith("=0"));
  return all && others ? "keep-all cannot be set together with other options." : undefined;
}
