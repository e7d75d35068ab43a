import { type Guest } from "../../estate/guest";
import { type DrillRecord } from "../../planning/drill-record";
import { type Model } from "../../planning/model";
import { type PveClient } from "../../provider/clients/pve-client";
import { type Trial } from "./one-guest";

/** Through which storage entry the backups of a drill are read, and with which key. */
export interface DrillSource {
  /** Identifier of the entry. */
  readonly storage: string;
  /** Whether the drill makes it, and takes it away at its end. */
  readonly made: boolean;
  /** Makes it, where it is the drill's own. */
  readonly open: () => Promise<void>;
  /** With which key, for the report. */
  readonly key: DrillRecord["key"];
}

/** What a person decides about a drill. */
export interface DrillChoices {
  /** This guest alone, by name or VMID. @default - a sample */
  readonly guest?: string | undefined;
  /** Every guest. @default false */
  readonly all?: boolean | undefined;
  /** Size of a sample. */
  readonly count: number;
  /** First number that may be used. */
  readonly from: number;
  /** Node that reads all of them back. @default - each guest's own */
  readonly node?: string | undefined;
  /** Storage for all disks. @default - each where it was */
  readonly storage?: string | undefined;
}

/** What is drilled, and by whom. */
export interface DrillOrder extends Pick<Trial, "patience" | "settle" | "pause"> {
  /** Folder of the site. */
  readonly siteFolder: string;
  /** Name of the site, for the report. */
  readonly site: string;
  /** The nodes' API, with the login that restores. */
  readonly pve: PveClient;
  /** Where backups come from. */
  readonly source: DrillSource;
  /** Guests of the inventory. */
  readonly guests: readonly Guest[];
  /** The planner's model. */
  readonly model: Model;
  /** SSH key of the site, which signs the report. */
  readonly privateKey: string;
  /** What a person decides. */
  readonly choices: DrillChoices;
  /** Bridge without a cable on which guests see each other; undefined where each is tried alone. */
  readonly bridge?: string | undefined;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Only takes away what an earlier drill left. */
  readonly cleanOnly: boolean;
}

/** How a drill ended. */
export interface Drilled {
  /** `nothing` was to be cleaned, only `cleaned`, `shown`, `declined`; else it `passed`, is `incomplete`, or `failed`. */
  readonly end: "nothing" | "cleaned" | "shown" | "declined" | "passed" | "incomplete" | "failed";
  /** What was found; undefined when nothing was tried. */
  readonly record?: DrillRecord;
  /** Its file. */
  readonly file?: string;
  /** What could not be taken away. */
  readonly left: readonly string[];
}
