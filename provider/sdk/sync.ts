import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link Remote}. */
export interface RemoteArgs {
  /** Name of the other server on this one, 3 to 32 characters. **Cannot be changed.** */
  readonly remote: pulumi.Input<string>;
  /** Name or address of the other PBS. */
  readonly host: pulumi.Input<string>;
  /** TCP port of the other PBS. @default 8007 */
  readonly port?: pulumi.Input<number>;
  /** Login on the other PBS, best a token that can read one namespace and nothing else. */
  readonly authId: pulumi.Input<string>;
  /** Secret of the token, or the user's password. @default - the one that the remote has */
  readonly password?: pulumi.Input<string>;
  /** SHA-256 of the other PBS's certificate. @default - the system's CAs decide */
  readonly fingerprint?: pulumi.Input<string>;
  /** Whether it is reached through the HTTP proxy of this server. @default false */
  readonly useNodeProxy?: pulumi.Input<boolean>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * Another PBS and the login for it. One that is there keeps its own password while that works.
 * @see https://pbs.proxmox.com/docs/managing-remotes.html
 */
export class Remote extends pulumi.CustomResource {
  declare public readonly remote: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: RemoteArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const password = args.password === undefined ? undefined : pulumi.secret(args.password);
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] });
    super("resilience:pbs:Remote", name, { ...args, password, adopted: undefined }, hidden);
  }
}

/** Arguments of {@link SyncJob}. */
export interface SyncJobArgs {
  /** Identifier, 3 to 32 characters. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Datastore that receives. **Cannot be changed.** */
  readonly store: pulumi.Input<string>;
  /** Namespace that receives. **Cannot be changed.** @default - the root namespace */
  readonly namespace?: pulumi.Input<string>;
  /** Remote from which it pulls. **Cannot be changed.** @default - this server itself */
  readonly remote?: pulumi.Input<string>;
  /** Datastore over there, or the other one here. **Cannot be changed.** */
  readonly remoteStore: pulumi.Input<string>;
  /** Namespace over there. **Cannot be changed.** @default - the root namespace */
  readonly remoteNamespace?: pulumi.Input<string>;
  /** Only `pull`: a server that pushes has to hold a login that can write here. @default pull */
  readonly direction?: pulumi.Input<"pull">;
  /** Calendar event in the PBS's local time. @default - never by itself */
  readonly schedule?: pulumi.Input<string>;
  /** Login on this server to whom the copies belong. @default root@pam */
  readonly owner?: pulumi.Input<string>;
  /** Levels of namespaces below the one over there, 0 to 7. @default - all */
  readonly maxDepth?: pulumi.Input<number>;
  /** Groups that it takes: `group:vm/140`, `type:ct`, `exclude:regex:…`. @default - all */
  readonly groupFilters?: pulumi.Input<pulumi.Input<string>[]>;
  /** Leaves out what is not encrypted. PBS says nothing of what it leaves out. @default false */
  readonly encryptedOnly?: pulumi.Input<boolean>;
  /** Leaves out what the other side has not verified. PBS says nothing of what it leaves out. @default false */
  readonly verifiedOnly?: pulumi.Input<boolean>;
  /** How many of the newest a run takes; **what one run leaves out none takes later**. @default - all */
  readonly transferLast?: pulumi.Input<number>;
  /** Fetches copies again that failed their verification here. @default false */
  readonly resyncCorrupt?: pulumi.Input<boolean>;
  /** **Deletes copies that are gone over there**: whoever deletes there deletes here. That takes an acceptance. @default false */
  readonly removeVanished?: pulumi.Input<boolean>;
  /** Most that it fetches a second, such as `10 MB`. @default - no limit */
  readonly rateIn?: pulumi.Input<string>;
  /** Most that it fetches in a short burst. @default - no limit */
  readonly burstIn?: pulumi.Input<string>;
  /** Groups fetched at once, 1 to 32; more help where the way is long. @default 1 */
  readonly workerThreads?: pulumi.Input<number>;
  /** Whether it runs when a removable datastore is plugged in. @default false */
  readonly runOnMount?: pulumi.Input<boolean>;
  /** Whether a removable datastore is unmounted after it. @default false */
  readonly unmountOnDone?: pulumi.Input<boolean>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * Which backups of another PBS are pulled here, and when. None pushes.
 * @see https://pbs.proxmox.com/docs/managing-remotes.html#sync-jobs
 */
export class SyncJob extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  declare public readonly store: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: SyncJobArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pbs:SyncJob", name, { ...args, adopted: undefined }, opts);
  }
}
