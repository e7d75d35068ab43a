import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { toBytes, type Size } from "../../estate/units/size";
import { isTimeOfDay } from "../../estate/units/time-of-day";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { COPY_DATASET_SCRIPT } from "./copy-dataset-script";

/** Arguments of {@link CopyDataset}. */
export interface CopyDatasetArgs {
  /** Way to a root shell of the machine on which the backup server runs. */
  readonly shell: NodeShell;
  /** Directory of the copies, `/tankc1/home-copies`: the mount point of a dataset, or of one that is to be made. */
  readonly path: string;
  /** Most that it may take, copies and snapshots together. ZFS stops there. @default - no quota of ours */
  readonly quota?: Size;
  /** Days for which a snapshot of each day stays, 1 to 3650. **Fewer end older ones at the next run.** @default - no snapshots of ours */
  readonly snapshotDays?: number;
  /** Time of the day at which it is taken, by the machine's clock. @default "12:00" */
  readonly snapshotTime?: string;
}

/**
 * A ZFS dataset of its own for copies, with a quota and daily snapshots: what is deleted through the backup server, by whoever holds a login
 * there, is in the snapshots as long as they stay. Root of the machine reaches them too.
 *
 * Nothing is moved or emptied; a directory that holds something and is no dataset is refused. It is never removed from here: when it leaves the
 * program, dataset and timer stay.
 *
 * @see https://openzfs.github.io/openzfs-docs/man/master/8/zfs-snapshot.8.html
 */
export class CopyDataset extends pulumi.ComponentResource {
  /** Its name, known once it is there. */
  public readonly dataset: pulumi.Output<string>;

  constructor(name: string, args: CopyDatasetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:CopyDataset", name, {}, opts);
    rejectProblems(this, `CopyDataset "${name}"`, copyDatasetProblems(args));

    const { shell, path, quota, snapshotDays, snapshotTime = "12:00" } = args;
    const lines = {
      path,
      quota: quota === undefined ? "" : String(toBytes(quota)),
      days: snapshotDays === undefined ? "" : String(snapshotDays),
      at: snapshotTime,
      name,
    };
    const stdin = Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
    const inputs = { connection: connectionOf(shell), stdin, ...QUIET };
    const options = { parent: this, ...DATA_GUARD, ignoreChanges: ["connection"] };
    const set = new remote.Command(
      `${name}-dataset`,
      { ...inputs, create: COPY_DATASET_SCRIPT, update: COPY_DATASET_SCRIPT },
      options,
    );
    this.dataset = set.stdout.apply((printed) => (JSON.parse(printed) as { dataset: string }).dataset);

    this.registerOutputs({ dataset: this.dataset });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function copyDatasetProblems(args: Omit<CopyDatasetArgs, "shell">): Problem[] {
  const { path, snapshotDays = 1, snapshotTime = "12:00" } = args;
  const problems = identifierProblems("path", "path", path);
  if (!Number.isInteger(snapshotDays) || snapshotDays < 1 || snapshotDays > 3650)
    problems.push({ path: "snapshotDays", reason: `expected whole days from 1 to 3650, got ${snapshotDays}` });
  if (!isTimeOfDay(snapshotTime))
    problems.push({
      path: "snapshotTime",
      reason: `expected a time of the day such as "12:00", got "${snapshotTime}"`,
    });
  return problems;
}
