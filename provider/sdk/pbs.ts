import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link Datastore}. */
export interface DatastoreArgs {
  /** Name, 3 to 32 characters. **Cannot be changed**: another name is another, empty datastore. */
  readonly name: pulumi.Input<string>;
  /** Directory on the PBS, absolute. **Cannot be changed.** */
  readonly path: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Calendar event at which garbage collection frees what pruning left. @default - never by itself */
  readonly gcSchedule?: pulumi.Input<string>;
  /** Reads each new backup snapshot back right after it was made. @default false */
  readonly verifyNew?: pulumi.Input<boolean>;
  /** Takes up chunks and snapshots that lie in the directory already; counts only when it is made. @default false */
  readonly reuse?: pulumi.Input<boolean>;
}

/**
 * A place on a Proxmox Backup Server to keep backups. Its data is never destroyed from here.
 * @see https://pbs.proxmox.com/docs/storage.html#datastore-configuration
 */
export class Datastore extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  declare public readonly path: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: DatastoreArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:Datastore", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link PruneJob}. Without any count PBS keeps everything. */
export interface PruneJobArgs {
  /** Identifier, 3 to 32 characters. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Datastore that it thins out. **Cannot be changed.** */
  readonly store: pulumi.Input<string>;
  /** Calendar event in the PBS's local time. */
  readonly schedule: pulumi.Input<string>;
  /** How many of the newest are kept, 1 to 1000. **Less deletes backup snapshots; so for every count below.** */
  readonly keepLast?: pulumi.Input<number>;
  /** How many hours keep their newest backup snapshot, 1 to 1000. */
  readonly keepHourly?: pulumi.Input<number>;
  /** How many days keep theirs, 1 to 1000. */
  readonly keepDaily?: pulumi.Input<number>;
  /** How many ISO weeks keep theirs, 1 to 1000. */
  readonly keepWeekly?: pulumi.Input<number>;
  /** How many months keep theirs, 1 to 1000. */
  readonly keepMonthly?: pulumi.Input<number>;
  /** How many years keep theirs, 1 to 1000; 100 is for ever. */
  readonly keepYearly?: pulumi.Input<number>;
  /** Namespace in which it works. @default - the root namespace */
  readonly namespace?: pulumi.Input<string>;
  /** Levels of namespaces below it, 0 to 7. @default - all */
  readonly maxDepth?: pulumi.Input<number>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Whether it rests. @default false */
  readonly disable?: pulumi.Input<boolean>;
}

/**
 * How long backup snapshots stay. Shortening it takes an acceptance, and shows PBS's own list of what would go.
 * @see https://pbs.proxmox.com/docs/maintenance.html#prune-jobs
 */
export class PruneJob extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  declare public readonly store: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: PruneJobArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:PruneJob", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link VerifyJob}. */
export interface VerifyJobArgs {
  /** Identifier, 3 to 32 characters. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Datastore that it rereads. **Cannot be changed.** */
  readonly store: pulumi.Input<string>;
  /** Calendar event in the PBS's local time. */
  readonly schedule: pulumi.Input<string>;
  /** Leaves out what was verified before and is not outdated. @default true */
  readonly ignoreVerified?: pulumi.Input<boolean>;
  /** Days after which a verified snapshot is reread, 0 to 3650. **More finds rot later**: that takes an acceptance. @default - never */
  readonly outdatedAfter?: pulumi.Input<number>;
  /** Namespace in which it works. @default - the root namespace */
  readonly namespace?: pulumi.Input<string>;
  /** Levels of namespaces below it, 0 to 7. @default - all */
  readonly maxDepth?: pulumi.Input<number>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * When backup snapshots are reread. Rereading less takes an acceptance.
 * @see https://pbs.proxmox.com/docs/maintenance.html#verification
 */
export class VerifyJob extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  declare public readonly store: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: VerifyJobArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:VerifyJob", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link User}. */
export interface UserArgs {
  /** User with its realm, `tappaas@pbs`. **Cannot be changed**: backup groups belong to it. */
  readonly userId: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Whether it may log in; its tokens go with it. @default true */
  readonly enable?: pulumi.Input<boolean>;
}

/**
 * A user of a PBS, made without a password: nobody logs in as it but by a token.
 * @see https://pbs.proxmox.com/docs/user-management.html
 */
export class User extends pulumi.CustomResource {
  declare public readonly userId: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: UserArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:User", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link Token}. */
export interface TokenArgs {
  /** User to whom it belongs. **Cannot be changed.** */
  readonly userId: pulumi.Input<string>;
  /** Name; where it is taken, the next free of `name-2`, `name-3` … is used. **Cannot be changed.** */
  readonly tokenName: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Any text, such as the moment of the order. **Another one ends the token's secret** and gives it a new one. @default - none ordered */
  readonly rotation?: pulumi.Input<string>;
}

/**
 * An API token. One whose secret is not held is never made to show another, which would lock out whoever uses it: a second
 * one is made beside it and tried, and the first is listed for removal. Only an ordered `rotation` ends a secret; the storage
 * that has it logs in as the user meanwhile.
 * @see https://pbs.proxmox.com/docs/user-management.html#api-tokens
 */
export class Token extends pulumi.CustomResource {
  declare public readonly userId: pulumi.Output<string>;
  /** The token as it logs in, `tappaas@pbs!pve`. */
  declare public readonly tokenId: pulumi.Output<string>;
  /** Its secret; not there where the token was adopted in use, or imported. */
  declare public readonly secret: pulumi.Output<string | undefined>;
  /** Older tokens of this name, for a person to remove. */
  declare public readonly superseded: pulumi.Output<string[]>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: TokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const outputs = { tokenId: undefined, secret: undefined, superseded: undefined, adopted: undefined };
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["secret"] });
    super("resilience:pbs:Token", name, { ...args, ...outputs }, hidden);
  }
}

/** Arguments of {@link Acl}. */
export interface AclArgs {
  /** What it is about: `/datastore/<name>[/<namespace>]`. **Cannot be changed.** */
  readonly path: pulumi.Input<string>;
  /** Role that is given, such as `DatastoreBackup`. **Cannot be changed.** */
  readonly role: pulumi.Input<string>;
  /** User or token to whom. Another token of the same user is given the role besides the first. */
  readonly authId: pulumi.Input<string>;
  /** Whether it reaches below the path. @default true */
  readonly propagate?: pulumi.Input<boolean>;
}

/**
 * A right. A token can do only what it and its user both may: it takes one for each.
 * @see https://pbs.proxmox.com/docs/user-management.html#access-control
 */
export class Acl extends pulumi.CustomResource {
  declare public readonly path: pulumi.Output<string>;
  declare public readonly role: pulumi.Output<string>;
  declare public readonly authId: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: AclArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:Acl", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link FormerRight}. */
export interface FormerRightArgs {
  /** What the right is about: `/datastore/<name>`. **Cannot be changed.** */
  readonly path: pulumi.Input<string>;
  /** Role that is to end, such as `Admin`. **Cannot be changed.** */
  readonly role: pulumi.Input<string>;
  /** User who has it. **Cannot be changed.** */
  readonly authId: pulumi.Input<string>;
  /** Datastore whose backups go on without it. */
  readonly datastore: pulumi.Input<string>;
  /** Token of that user that writes the backups instead. */
  readonly login: pulumi.Input<string>;
  /** Whether it is taken away once a backup has succeeded without it; that takes its name on the adoption list. @default false */
  readonly end?: pulumi.Input<boolean>;
}

/**
 * A right that a user had before the program and that its token does not need. It ends only after a backup without it.
 * @see https://pbs.proxmox.com/docs/user-management.html#access-control
 */
export class FormerRight extends pulumi.CustomResource {
  declare public readonly path: pulumi.Output<string>;
  declare public readonly role: pulumi.Output<string>;
  declare public readonly authId: pulumi.Output<string>;
  /** Whether the user has it now. */
  declare public readonly present: pulumi.Output<boolean>;

  constructor(name: string, args: FormerRightArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:FormerRight", name, { ...args, present: undefined, adopted: undefined }, opts);
  }
}
