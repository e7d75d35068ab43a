import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import * as pbs from "../../provider/sdk/pbs";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link Datastore}. */
export interface DatastoreArgs {
  /** Name on the PBS; TAPPaaS says `tappaas_backup`. **Cannot be changed**: another name is another, empty datastore. */
  readonly datastore: string;
  /** Absolute path on the PBS, such as `/tankc1/tappaas_backup`. **Cannot be changed.** */
  readonly path: string;
  /** When garbage collection frees what pruning left, as a calendar event in the PBS's local time. @default "03:00" */
  readonly garbageCollection?: string;
  /** Reads every new backup snapshot back right after it was made. @default true */
  readonly verifyNew?: boolean;
  /** Whether backups lie in the directory already and are taken up; counts only when the datastore is made. @default false */
  readonly reuse?: pulumi.Input<boolean>;
}

/**
 * A place on a Proxmox Backup Server to keep backups.
 *
 * Adopted when it exists as described; its data is never destroyed from here, not even when it leaves the program.
 *
 * @see https://pbs.proxmox.com/docs/storage.html#datastore-configuration
 */
export class Datastore extends pulumi.ComponentResource {
  /** Name of the datastore, known once it is there. */
  public readonly datastore: pulumi.Output<string>;

  constructor(name: string, args: DatastoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:Datastore", name, {}, opts);
    rejectProblems(this, `Datastore "${name}"`, datastoreProblems(args));

    const { datastore, path, garbageCollection = "03:00", verifyNew = true, reuse } = args;
    const inputs = { name: datastore, path, gcSchedule: garbageCollection, verifyNew, ...defined({ reuse }) };
    const store = new pbs.Datastore(name, inputs, { parent: this, ...DATA_GUARD });
    this.datastore = store.name;

    this.registerOutputs({ datastore: this.datastore });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function datastoreProblems({ datastore, path }: Pick<DatastoreArgs, "datastore" | "path">): Problem[] {
  return [...identifierProblems("pbsId", "datastore", datastore), ...identifierProblems("path", "path", path)];
}
