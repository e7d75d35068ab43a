import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { isVmid } from "../../estate/units/guest-id";
import { type PveBackupJob } from "../clients/pve-shapes";
import { type Weakening } from "./acceptance";
import { caseless, given, orElse, plain, shown, trimmed, unordered, type Fields, text } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const INPUTS = z.strictObject({
  jobId: z
    .string()
    // PVE makes none that starts with a digit, and gives such names itself: a job made without an identifier gets a UUID.
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$/, 'expected 2 to 50 letters, digits, "_" or "-"')
    .describe("Identifier of the job. **Cannot be changed.**"),
  storage: identifier("storage").describe("Storage into which it writes."),
  schedule: SCHEDULE.describe("Calendar event in the nodes' local time."),
  vmids: z
    .array(z.number().refine(isVmid, { error: "expected VMIDs from 100 to 999999999" }))
    .min(1, "expected at least one guest; a job without guests protects nothing")
    .describe("Guests, by VMID. Leaving one out ends its backups: that takes an acceptance."),
  mode: z
    .enum(["snapshot", "suspend", "stop"])
    .optional()
    .describe("What happens to a running guest; snapshot by default."),
  comment: comment(512).optional().describe("One line for people."),
  notificationMode: z.enum(["auto", "legacy-sendmail", "notification-system"]).optional().describe("Who is told."),
  notesTemplate: z.string().max(1024).optional().describe("Notes of each backup, such as {{guestname}}."),
  enabled: z.boolean().optional().describe("Whether it runs; true by default."),
  repeatMissed: z.boolean().optional().describe("Catches up after a time at which the node was off."),
  encryptionKeyFingerprint: z
    .string()
    .refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' })
    .describe("Fingerprint of the key that the storage must carry: without it the job is neither made nor changed."),
});

/** A scheduled backup of guests. It runs only over a storage that carries the key which the program names. */
export const backupJob: SiteObject = {
  token: "resilience:pve:BackupJob",
  description: "A scheduled backup of guests to a storage that carries a given encryption key.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["jobId"],
  fixed: {
    jobId: "Another identifier is another job: declare a second one, and take the first out once the second has run",
  },
  meanings: {
    jobId: plain,
    storage: plain,
    schedule: trimmed,
    vmids: unordered,
    mode: orElse("snapshot"),
    comment: trimmed,
    notificationMode: orElse("auto"),
    notesTemplate: trimmed,
    enabled: orElse(true),
    repeatMissed: orElse(false),
    encryptionKeyFingerprint: caseless,
  },
  idOf: ({ jobId }) => String(jobId),
  identityOf: (id) => ({ jobId: id }),
  look,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  demand,
  async create(site, wanted) {
    demandMakeable(text(wanted, "jobId"));
    await site.pve().createBackupJob({ id: text(wanted, "jobId"), ...given(parameters(wanted)) });
    return {};
  },
  update,
  async remove(site, living) {
    await site.pve().removeBackupJob(text(living, "jobId"));
  },
  // The key is the storage's to change; what the job demands is asked before it is made or changed.
  isOwnStep: ({ field }) => field === "encryptionKeyFingerprint",
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const found = (await site.pve().backupJobs()).find(({ id }) => id === identity["jobId"]);
  if (found === undefined) {
    await demandSight(site.pve(), "/", "Sys.Audit");
    return undefined;
  }
  return fieldsOf(found, await keyOf(site, found.storage));
}

/** Fingerprint of the key that a storage carries. */
async function keyOf(site: Site, storage: string | undefined): Promise<string | undefined> {
  const found = (await site.pve().storages()).find((one) => one.storage === storage);
  if (found === undefined && storage !== undefined)
    await demandSight(site.pve(), `/storage/${storage}`, "Datastore.Audit");
  return found?.["encryption-key"];
}

function fieldsOf(job: PveBackupJob, encryptionKeyFingerprint: string | undefined): Fields {
  const { id: jobId, storage, schedule, mode, comment: words, enabled } = job;
  return given({
    jobId,
    storage,
    schedule,
    vmids: guestsOf(job),
    mode,
    comment: words,
    notificationMode: job["notification-mode"],
    notesTemplate: job["notes-template"],
    enabled: enabled === false ? false : undefined,
    repeatMissed: job["repeat-missed"],
    encryptionKeyFingerprint,
  });
}

/** VMIDs of a job, or in words what it selects them by; words never equal a list. */
function guestsOf({ vmid, all, exclude, pool }: PveBackupJob): number[] | string {
  if (all === true) return exclude === undefined ? "all guests" : `all guests but ${exclude}`;
  if (pool !== undefined) return `pool ${pool}`;
  return (vmid ?? "").split(",").filter(Boolean).map(Number);
}

function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  if (living === undefined) return [];
  const found: Weakening[] = [];
  const left = leftOut(wanted["vmids"], living["vmids"]);
  if (left !== undefined) found.push({ change: "remove-guest", what: `${left} would no longer be backed up by it` });
  if (wanted["enabled"] === false && living["enabled"] !== false) {
    found.push({ change: "disable-job", what: `${shown(living["vmids"])} would no longer be backed up by it` });
  }
  return found;
}

function leftOut(wanted: unknown, living: unknown): string | undefined {
  if (!Array.isArray(wanted) || living === undefined) return undefined;
  if (!Array.isArray(living)) return `what is not in ${shown(wanted)} of ${shown(living)}`;
  const left = living.filter((vmid) => !wanted.includes(vmid));
  return left.length === 0 ? undefined : `guest ${left.join(", ")}`;
}

/** A job that PVE named by a UUID can be kept and changed, and not be made anew under its name. Source: `pve-configid`. */
function demandMakeable(jobId: string): void {
  if (!/^\d/.test(jobId)) return;
  throw new Refusal(
    `pve:BackupJob/${jobId}: expected the job to be there, and it is gone; PVE makes none whose identifier starts with a digit. ` +
      "Take the job out of the program and declare one whose identifier starts with a letter; " +
      "where the identifier comes from an observation, observe the site again",
  );
}

/** PVE itself would run a job over a storage without any key, and the backups would lie open on the PBS. */
async function demand(site: Site, wanted: Fields): Promise<void> {
  const { storage, encryptionKeyFingerprint: key, jobId } = INPUTS.parse(wanted);
  const living = await keyOf(site, storage);
  if (caseless(living) === caseless(key)) return;
  const cure = "Give the storage that key first (pve:PbsStorage), or name the key that it carries";
  throw new Refusal(
    `pve:BackupJob/${jobId}: expected storage ${storage} to carry the key ${key}, got ${living ?? "none"}. ${cure}`,
  );
}

function parameters(wanted: Fields) {
  const job = INPUTS.parse(wanted);
  const { storage, schedule, vmids, mode, comment: words, enabled = true } = job;
  return {
    storage,
    schedule,
    vmid: [...vmids].sort((a, b) => a - b).join(","),
    mode: mode ?? "snapshot",
    comment: words,
    "notification-mode": job.notificationMode,
    "notes-template": job.notesTemplate,
    enabled,
    "repeat-missed": job.repeatMissed,
  };
}

async function update(site: Site, wanted: Fields, living: Fields): Promise<Fields> {
  const { set, unset } = written(parameters(wanted));
  // A job that selected all guests or a pool must lose that selector: PVE takes one only.
  const selectors =
    typeof living["vmids"] === "string" ? (living["vmids"].startsWith("pool") ? ["pool"] : ["all", "exclude"]) : [];
  await site.pve().updateBackupJob(text(wanted, "jobId"), set, [...unset, ...selectors]);
  return {};
}
