import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link NotificationTarget}. */
export interface NotificationTargetArgs {
  /** Name in PVE. **Cannot be changed.** */
  readonly name: pulumi.Input<string>;
  /** Where messages are sent, `https://…`. A secret: who knows it can send, too. @default - the one that PVE has stays */
  readonly address?: pulumi.Input<string>;
  /** Template of what is sent, with `{{ title }}` and `{{ message }}`. @default - the title, then the message */
  readonly body?: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * A webhook to which Proxmox VE sends messages. Its address is kept among PVE's secrets, which it never shows again.
 * @see https://pve.proxmox.com/pve-docs/chapter-notifications.html
 */
export class NotificationTarget extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: NotificationTargetArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["address"] });
    const address = args.address === undefined ? undefined : pulumi.secret(args.address);
    super("resilience:pve:NotificationTarget", name, { ...args, address, adopted: undefined }, hidden);
  }
}

/** Arguments of {@link NotificationMatcher}. */
export interface NotificationMatcherArgs {
  /** Name in PVE. **Cannot be changed.** */
  readonly name: pulumi.Input<string>;
  /** Targets that get what it takes. */
  readonly targets: pulumi.Input<pulumi.Input<string>[]>;
  /** Severities that it takes: `info`, `notice`, `warning`, `error`, `unknown`. @default - all */
  readonly severities?: pulumi.Input<pulumi.Input<string>[]>;
  /** Fields that it takes, as `exact:type=vzdump`. @default - all */
  readonly fields?: pulumi.Input<pulumi.Input<string>[]>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * A rule of Proxmox VE for which messages go to which targets. Rules of others go on beside it.
 * @see https://pve.proxmox.com/pve-docs/chapter-notifications.html
 */
export class NotificationMatcher extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: NotificationMatcherArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:NotificationMatcher", name, { ...args, adopted: undefined }, opts);
  }
}
