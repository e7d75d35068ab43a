import * as pulumi from "@pulumi/pulumi";

import { DEFAULT_RETENTION, type Retention as KeepCounts } from "../../estate/units/retention";
import * as pbs from "../../provider/sdk/pbs";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type Datastore } from "./datastore";

/** Arguments of {@link Retention}. */
export interface RetentionArgs {
  /** Datastore whose backup snapshots it thins out. */
  readonly datastore: Pick<Datastore, "datastore">;
  /** Identifier of the prune job on the PBS; TAPPaaS says `prune-<datastore>`. Another identifier is a second job. */
  readonly jobId: string;
  /**
   * What is kept. **Keeping less deletes snapshots at the next run**: that takes an acceptance, and the preview lists them.
   * @default {@link DEFAULT_RETENTION}
   */
  readonly keep?: KeepCounts;
  /** When it runs, as a calendar event in the PBS's local time. @default "02:00" */
  readonly schedule?: string;
  /** Bounds the job to a namespace, as for what a peer keeps here. @default - the root namespace */
  readonly namespace?: string;
  /** How many levels of namespaces below it are thinned out too, 0 to 7. @default 0 */
  readonly maxDepth?: number;
}

/**
 * How long backup snapshots stay: a prune job on the PBS, so that no login of the site's own nodes needs the right to delete.
 *
 * It is bounded to one namespace on purpose: what a peer keeps here has a retention of its own.
 *
 * @see https://pbs.proxmox.com/docs/maintenance.html#prune-jobs
 */
export class Retention extends pulumi.ComponentResource {
  /** Identifier of the prune job, known once it is there. */
  public readonly pruneJob: pulumi.Output<string>;

  constructor(name: string, args: RetentionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:Retention", name, {}, opts);
    rejectProblems(this, `Retention "${name}"`, retentionProblems(args));

    const { datastore, jobId, keep = DEFAULT_RETENTION, schedule = "02:00", namespace, maxDepth = 0 } = args;
    const scope = { maxDepth, ...(namespace !== undefined && { namespace }) };
    const inputs = { jobId, store: datastore.datastore, schedule, ...keep, ...scope };
    const job = new pbs.PruneJob(name, inputs, { parent: this });
    this.pruneJob = job.jobId;

    this.registerOutputs({ pruneJob: this.pruneJob });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function retentionProblems({ jobId, keep = DEFAULT_RETENTION, maxDepth = 0 }: Omit<RetentionArgs, "datastore">) {
  const problems: Problem[] = identifierProblems("pbsId", "jobId", jobId);
  const counts = Object.entries(keep);
  for (const [key, count] of counts) {
    if (Number.isInteger(count) && count >= 1 && count <= 1000) continue;
    problems.push({ path: `keep.${key}`, reason: `expected a whole number from 1 to 1000, got ${String(count)}` });
  }
  if (counts.length === 0) {
    problems.push({ path: "keep", reason: "expected at least one count; without any PBS keeps everything" });
  }
  if (!Number.isInteger(maxDepth) || maxDepth < 0 || maxDepth > 7) {
    problems.push({ path: "maxDepth", reason: `expected 0 to 7, got ${maxDepth}` });
  }
  return problems;
}
