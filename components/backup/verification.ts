import * as pulumi from "@pulumi/pulumi";

import * as pbs from "../../provider/sdk/pbs";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type Datastore } from "./datastore";

/** Arguments of {@link Verification}. */
export interface VerificationArgs {
  /** Datastore whose backup snapshots it rereads. */
  readonly datastore: Pick<Datastore, "datastore">;
  /** Identifier of the verify job on the PBS; TAPPaaS says `verify-<datastore>`. Another identifier is a second job. */
  readonly jobId: string;
  /** When it runs, as a calendar event in the PBS's local time. @default "04:00" */
  readonly schedule?: string;
  /** Days after which a snapshot that was verified is reread, 1 to 3650. **More finds rot later**: that takes an acceptance. @default 30 */
  readonly reverifyAfter?: number;
}

/**
 * Rereads backup snapshots on the server: each one that is new or was last verified too long ago, in every namespace.
 *
 * It finds chunks that rotted or went missing. It cannot prove that an encrypted snapshot opens with the key; a restore does.
 *
 * @see https://pbs.proxmox.com/docs/maintenance.html#verification
 */
export class Verification extends pulumi.ComponentResource {
  /** Identifier of the verify job, known once it is there. */
  public readonly verifyJob: pulumi.Output<string>;

  constructor(name: string, args: VerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:Verification", name, {}, opts);
    rejectProblems(this, `Verification "${name}"`, verificationProblems(args));

    const { datastore, jobId, schedule = "04:00", reverifyAfter = 30 } = args;
    const how = { schedule, ignoreVerified: true, outdatedAfter: reverifyAfter };
    const job = new pbs.VerifyJob(name, { jobId, store: datastore.datastore, ...how }, { parent: this });
    this.verifyJob = job.jobId;

    this.registerOutputs({ verifyJob: this.verifyJob });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function verificationProblems({ jobId, reverifyAfter = 30 }: Omit<VerificationArgs, "datastore">): Problem[] {
  const problems: Problem[] = identifierProblems("pbsId", "jobId", jobId);
  if (!Number.isInteger(reverifyAfter) || reverifyAfter < 1 || reverifyAfter > 3650) {
    problems.push({ path: "reverifyAfter", reason: `expected whole days from 1 to 3650, got ${reverifyAfter}` });
  }
  return problems;
}
