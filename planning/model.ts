import { type ReturnGuardPlan } from "../estate/return-guard";
import { type Retention } from "../estate/units/retention";
import { type Rates } from "./rates";
import { type WrittenTargets } from "./targets";
import { type Span } from "./term";

/** How much a service matters, in the order in which it is missed. */
export type Tier = "essential" | "standard" | "deferrable";

/** What starts a guest when its node has power again. */
export interface GuestStart {
  /** Its node (`onboot`), high availability, or nobody. */
  readonly by: "node" | "ha" | "nobody";
  /** Its place among those that its node starts, lower first; undefined for one that comes after those that have one. */
  readonly order: number | undefined;
  /** Seconds that its node waits after it before it starts the next one. */
  readonly pause: number;
}

/** A guest as a plan sees it. */
export interface Service {
  /** Number by which PVE knows it. */
  readonly vmid: number;
  /** Name in PVE. */
  readonly name: string;
  /** Node that runs it while all is well: the identifier of a place. */
  readonly node: string;
  /** Pool that holds its disks: the identifier of a place. */
  readonly pool: string;
  /** Bytes that a restore writes. */
  readonly bytes: Span;
  /** How the bytes are known. */
  readonly bytesFrom: string;
  /** How much it matters. */
  readonly tier: Tier;
  /** Place through which people outside reach it; absent where nothing says so. */
  readonly reachedBy?: string;
  /** VMIDs of guests without which it does not serve; without cycles. */
  readonly dependsOn: readonly number[];
  /** What starts it after a power cut. @default - its node, after those that have a place */
  readonly start?: GuestStart;
}

/** What kind of thing can be lost. */
export type PlaceKind = "site" | "node" | "pool" | "server" | "internet" | "tunnel" | "off-site" | "control" | "shelf";

/** Something that can be lost as a whole, with everything within it. */
export interface Place {
  /** Identifier, `pool:tappaas1/tanka1`. */
  readonly id: string;
  /** What it is. */
  readonly kind: PlaceKind;
  /** Name for people. */
  readonly name: string;
  /** Place that takes it along when it is lost; undefined for one that stands alone. */
  readonly within: string | undefined;
  /** Places of which any one holds it up: it is lost with the last of them. Absent where it stands by itself. */
  readonly heldBy?: readonly string[];
  /** Groups of disks, each with the number of disks that it can lose; empty where disks are not known. */
  readonly disks: readonly DiskGroup[];
  /** Medium: `pool of SSDs on tappaas1`; two copies on one medium count as one medium. */
  readonly medium: string;
}

/** Disks that stand in for each other. */
export interface DiskGroup {
  /** Disks by their names in /dev/disk/by-id. */
  readonly disks: readonly string[];
  /** How many of them may be lost at once without loss of data. */
  readonly spare: number;
}

/** What a copy is: the guests' own disks, a replica, or backups. */
export type CopyKind = "live" | "replica" | "backup" | "off-site" | "export";

/** One copy of the data of some guests. */
export interface Copy {
  /** Identifier, `backup:tappaas_backup`. */
  readonly id: string;
  /** What it is. */
  readonly kind: CopyKind;
  /** Name for people. */
  readonly name: string;
  /** VMIDs of the guests that it holds. */
  readonly guests: ReadonlySet<number>;
  /** Identifier of the place that holds it. */
  readonly at: string;
  /** Seconds between two versions; 0 for the live copy. */
  readonly interval: number;
  /** Seconds that writing one version takes. */
  readonly lag: Span;
  /** Which versions stay; undefined where only the newest is there. */
  readonly retention: Retention | undefined;
  /** Identifier of the key without which it cannot be read; undefined for plain data. */
  readonly key: string | undefined;
  /** Sets of credentials; whoever has all of one set can destroy it. */
  readonly destroyedBy: readonly (readonly string[])[];
  /** For one that gives back for a while what was deleted: the days, and which sets destroy it at once. @default - all do at once */
  readonly window?: { readonly days: number; readonly atOnceBy: readonly (readonly string[])[] };
  /** Whether it is reread against rot by a schedule. */
  readonly verified: boolean;
  /** Whether a failover starts from it without a person. */
  readonly failover: boolean;
  /** Whether reading it passes the internet. */
  readonly overInternet: boolean;
}

/** An encryption key, and everywhere it lies. */
export interface Key {
  /** Identifier. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Places that hold it. */
  readonly at: readonly string[];
}

/** Something that can be stolen. */
export interface Credential {
  /** Identifier. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Identifiers of credentials that it opens. */
  readonly opens: readonly string[];
}

/** What an estate does not say and a plan takes as given. */
export interface Assumption {
  /** What is taken as given. */
  readonly text: string;
  /** What would make it known. */
  readonly cure: string;
}

/** All that plans are made from: places that can be lost, copies in them, and what opens or destroys those. */
export interface Model {
  /** Folder of the site. */
  readonly site: string;
  /** Guests in the order of their VMIDs. */
  readonly services: readonly Service[];
  /** Everything that can be lost as a whole. */
  readonly places: readonly Place[];
  /** Everything that holds data. */
  readonly copies: readonly Copy[];
  /** Encryption keys. */
  readonly keys: readonly Key[];
  /** What can be stolen. */
  readonly credentials: readonly Credential[];
  /** Figures. */
  readonly rates: Rates;
  /** Whether a machine stands ready to take over the guests of a lost one. */
  readonly spareNode: boolean;
  /** Seconds from the beginning of the nightly backup to the next chore of the datastore; undefined without a backup server. */
  readonly windowSeconds: number | undefined;
  /** Which guests wait after a power cut until it is known where they serve. @default - none does */
  readonly returnGuard?: Pick<ReturnGuardPlan, "prepared" | "outside" | "limit">;
  /** What the owner promises of recovery. */
  readonly targets: WrittenTargets;
  /** What the plan takes as given. */
  readonly assumptions: readonly Assumption[];
}
