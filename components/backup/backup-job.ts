import * as pulumi from "@pulumi/pulumi";

import * as pve from "../../provider/sdk/pve";
import { rejectProblems, type Problem } from "../internal/problems";
import { type PbsStorage } from "./pbs-storage";

/** Arguments of {@link BackupJob}. */
export interface BackupJobArgs {
  /** Identifier of the job in PVE. */
  readonly jobId: string;
  /** Storage into which it writes, and with it the key. */
  readonly storage: PbsStorage;
  /** Guests, by VMID. **Leaving one out ends its backups**: that takes an acceptance. */
  readonly vmids: readonly number[];
  /** When it runs, as a calendar event in the nodes' local time. @default "21:00" */
  readonly schedule?: string;
  /** Text by which TAPPaaS' own scripts find the job. @default - none */
  readonly comment?: string;
  /** Catches up after a night on which the node was off. @default true */
  readonly repeatMissed?: boolean;
}

/**
 * The nightly backup of guests: a snapshot of each while it runs, encrypted on the node, sent to a Proxmox Backup Server.
 *
 * It refuses to exist beside a storage that does not carry the site's key, and it holds no retention: the PBS prunes.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-vzdump.html
 */
export class BackupJob extends pulumi.ComponentResource {
  /** Identifier of the job, known once it is there. */
  public readonly jobId: pulumi.Output<string>;

  constructor(name: string, args: BackupJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:BackupJob", name, {}, opts);
    rejectProblems(this, `BackupJob "${name}"`, backupJobProblems(args));

    const { jobId, storage, vmids, schedule = "21:00", comment, repeatMissed = true } = args;
    const what = { storage: storage.storage, vmids: [...vmids].sort((a, b) => a - b), mode: "snapshot" };
    // The guest's name goes into the notes: whoever restores with the PBS alone finds it there.
    const how = { schedule, enabled: true, repeatMissed, notesTemplate: "{{guestname}}", notificationMode: "auto" };
    const key = { encryptionKeyFingerprint: storage.encryptionKey.fingerprint };
    const inputs = { jobId, ...what, ...how, ...key, ...(comment !== undefined && { comment }) };
    const job = new pve.BackupJob(name, inputs, { parent: this });
    this.jobId = job.jobId;

    this.registerOutputs({ jobId: this.jobId });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function backupJobProblems({ jobId, vmids }: Pick<BackupJobArgs, "jobId" | "vmids">): Problem[] {
  const problems: Problem[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$/.test(jobId)) {
    problems.push({ path: "jobId", reason: `expected 2 to 50 letters, digits, "_" or "-", got "${jobId}"` });
  }
  if (vmids.length === 0) {
    problems.push({
      path: "vmids",
      reason: "expected at least one guest, got none; a job without guests protects nothing",
    });
  }
  const twice = vmids.filter((vmid, index) => vmids.indexOf(vmid) !== index);
  if (twice.length > 0)
    problems.push({ path: "vmids", reason: `expected each guest once, got ${twice.join(", ")} twice` });
  for (const vmid of vmids) {
    if (Number.isInteger(vmid) && vmid >= 100 && vmid <= 999_999_999) continue;
    problems.push({ path: "vmids", reason: `expected VMIDs from 100 to 999999999, got ${vmid}` });
  }
  return problems;
}
