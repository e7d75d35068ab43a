import * as pulumi from "@pulumi/pulumi";

import { type AlertForm } from "../../estate/units/alert-form";
import { demandPluginLines } from "./plugin-lines";

/** Which product sends: Proxmox VE, or the backup server. */
export type Sender = "pve" | "pbs";

/** Arguments of {@link NotificationTarget}. */
export interface NotificationTargetArgs {
  /** Which product sends. @default "pve" */
  readonly sender?: Sender;
  /** Name in the product. **Cannot be changed.** */
  readonly name: pulumi.Input<string>;
  /** Where messages are sent, `https://…`. A secret: who knows it can send, too. @default - the one that is there stays */
  readonly address?: pulumi.Input<string>;
  /** Template of what is sent, with `{{ title }}` and `{{ message }}`. @default - the title, then the message */
  readonly body?: pulumi.Input<string>;
  /** Receiver whose form it has, such as `ntfy`; `body` goes before it. @default "text" */
  readonly form?: pulumi.Input<AlertForm>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
}

/**
 * A webhook to which Proxmox VE or a backup server sends messages. Its address is kept among their secrets, which they never show again.
 * @see https://pve.proxmox.com/pve-docs/chapter-notifications.html
 */
export class NotificationTarget extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: NotificationTargetArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["address"] });
    const { sender = "pve", ...inputs } = args;
    const address = args.address === undefined ? undefined : pulumi.secret(args.address);
    super(`resilience:${sender}:NotificationTarget`, name, { ...inputs, address, adopted: undefined }, hidden);
  }
}

/** Arguments of {@link NotificationMatcher}. */
export interface NotificationMatcherArgs {
  /** Which product sends. @default "pve" */
  readonly sender?: Sender;
  /** Name in the product. **Cannot be changed.** */
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
 * A rule of Proxmox VE or a backup server for which messages go to which targets. Rules of others go on beside it.
 * @see https://pve.proxmox.com/pve-docs/chapter-notifications.html
 */
export class NotificationMatcher extends pulumi.CustomResource {
  declare public readonly name: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: NotificationMatcherArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const { sender = "pve", ...inputs } = args;
    super(`resilience:${sender}:NotificationMatcher`, name, { ...inputs, adopted: undefined }, opts);
  }
}
