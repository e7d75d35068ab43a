import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link PushJob}. */
export interface PushJobArgs {
  /** Identifier, 3 to 32 characters. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Datastore that is sent, its root namespace alone. **Cannot be changed.** */
  readonly store: pulumi.Input<string>;
  /** Remote to which it is sent. **Cannot be changed.** */
  readonly remote: pulumi.Input<string>;
  /** Datastore over there. **Cannot be changed.** */
  readonly remoteStore: pulumi.Input<string>;
  /** Namespace over there. **Cannot be changed.** @default - the root namespace */
  readonly remoteNamespace?: pulumi.Input<string>;
  /** Calendar event in the PBS's local time. @default - never by itself */
  readonly schedule?: pulumi.Input<string>;
  /** Groups that it sends: `group:vm/140`, `type:ct`. @default - all */
  readonly groupFilters?: pulumi.Input<pulumi.Input<string>[]>;
  /** Most that it sends a second, such as `10 MB`. @default - no limit */
  readonly rateOut?: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Name or address of the receiver, with which its login is tried. */
  readonly host: pulumi.Input<string>;
  /** TCP port of the receiver. @default 8007 */
  readonly port?: pulumi.Input<number>;
  /** SHA-256 of the receiver's certificate. @default - the system's CAs decide */
  readonly fingerprint?: pulumi.Input<string>;
  /** Login over there, which may write and not delete. */
  readonly authId: pulumi.Input<string>;
  /** Its secret. */
  readonly password: pulumi.Input<string>;
}

/**
 * A job that sends backups to a server of which one has only a login. One that may delete there is refused, at each run anew.
 * @see https://pbs.proxmox.com/docs/managing-remotes.html#sync-direction-push
 */
export class PushJob extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: PushJobArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] });
    const password = pulumi.secret(args.password);
    super("resilience:pbs:PushJob", name, { ...args, password, adopted: undefined }, hidden);
  }
}
