import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link ServerBootstrap}. */
export interface ServerBootstrapArgs {
  /** The virtual machine; it needs the guest agent. **Cannot be changed.** */
  readonly vmid: pulumi.Input<number>;
  /** Its name in PVE: another machine under that number is not touched. */
  readonly machine: pulumi.Input<string>;
  /** The data disk as the machine sees it, below /dev/disk/by-id. Formatted only when it is provably empty. **Cannot be changed.** */
  readonly disk: pulumi.Input<string>;
  /** Name of the datastore, and of its directory on the disk. **Cannot be changed.** */
  readonly datastore: pulumi.Input<string>;
  /** Time zone of the machine; schedules are local time. */
  readonly timeZone: pulumi.Input<string>;
  /** User whose token manages the server. **Cannot be changed.** */
  readonly userId: pulumi.Input<string>;
  /** Name of that token. **Cannot be changed.** */
  readonly tokenName: pulumi.Input<string>;
}

/** What makes a backup server of a virtual machine. Each step looks before it acts; a run that was killed is gone on with. */
export class ServerBootstrap extends pulumi.CustomResource {
  /** SHA-256 of the server's certificate, read inside the machine. */
  declare public readonly fingerprint: pulumi.Output<string>;
  /** SSH host key, read inside the machine. */
  declare public readonly hostKey: pulumi.Output<string>;
  /** Directory of the datastore. */
  declare public readonly path: pulumi.Output<string>;
  /** Whether a datastore lay on the disk when this was made. */
  declare public readonly holdsBackups: pulumi.Output<boolean>;
  /** The token as it logs in, `user@realm!name`. */
  declare public readonly tokenId: pulumi.Output<string>;
  /** Its secret. */
  declare public readonly secret: pulumi.Output<string>;
  /** Older tokens whose secrets were lost with a run that was cut. */
  declare public readonly superseded: pulumi.Output<string[]>;

  constructor(name: string, args: ServerBootstrapArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["secret"] });
    const outputs = {
      fingerprint: undefined,
      hostKey: undefined,
      path: undefined,
      holdsBackups: undefined,
      tokenId: undefined,
      secret: undefined,
      superseded: undefined,
      adopted: undefined,
    };
    super("resilience:pbs:ServerBootstrap", name, { ...args, ...outputs }, hidden);
  }
}
