import { type Lab } from "../support/every-copy";
import { type CopyName } from "./table";
import { type Machine, type Stolen, type StolenKey } from "./thief";

/** A datastore as a thief stands before it. */
export interface Door {
  readonly copy: CopyName;
  readonly lab: Lab;
  /** Name of the backup server in its lab. */
  readonly server: string;
  readonly machine: Machine;
  readonly store: string;
  /** Directory of the datastore on the machine. */
  readonly path: string;
  /** Login that writes there as it should; a copy is written by its job. */
  readonly writer: Stolen;
  /** What brings new backups there; undefined where nodes write themselves. */
  readonly job?: { readonly lab: Lab; readonly server: string; readonly id: string };
  /** The bucket in which it lies; undefined for one on disks. */
  readonly bucket?: string;
  /** Key with which home fills that bucket. */
  readonly homeKey?: StolenKey;
}
