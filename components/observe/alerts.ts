import * as pulumi from "@pulumi/pulumi";

import { type AlertForm } from "../../estate/units/alert-form";
import { NotificationMatcher, NotificationTarget } from "../../provider/sdk/notifications";

/** Arguments of {@link Alerts}. */
export interface AlertsArgs {
  /** Address that is called when something fails, `https://…`. A secret. @default - nobody is told */
  readonly failureAddress?: pulumi.Input<string>;
  /**
   * Address outside the site that is called after each backup that succeeded: a dead-man switch, which cries when it hears nothing.
   * A secret. @default - nobody notices when the whole site is silent
   */
  readonly heartbeatAddress?: pulumi.Input<string>;
  /** Receiver of failures, whose form is known. @default "text": the title, then the message */
  readonly form?: AlertForm;
  /** Template of what is sent on failures, for other receivers that want a form of their own. It goes before `form`. @default - none */
  readonly body?: string;
}

/**
 * Tells somebody when a backup fails, or the work of the backup server on its datastore, and a dead-man switch outside the site when a backup succeeds: a site that is off can send nothing,
 * so only silence can report it.
 *
 * Targets and rules of others go on beside these; the mail to root that PVE and PBS send is not touched.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-notifications.html
 */
export class Alerts extends pulumi.ComponentResource {
  /** Names of the rules that are there, once they are. */
  public readonly rules: pulumi.Output<string[]>;

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:observe:Alerts", name, {}, opts);

    const { failureAddress, heartbeatAddress, form, body } = args;
    const parent = { parent: this };
    const rules: NotificationMatcher[] = [];
    if (failureAddress !== undefined) {
      for (const sender of ["pve", "pbs"] as const) {
        // Resources of PVE came first, and a logical name is an identity.
        const own = sender === "pve" ? name : `${name}-${sender}`;
        const inputs = {
          sender,
          name: `${name}-failures`,
          address: failureAddress,
          ...(body !== undefined ? { body } : form !== undefined && form !== "text" ? { form } : {}),
        };
        const target = new NotificationTarget(`${own}-failures`, { ...inputs, comment: "what fails" }, parent);
        const severities = ["warning", "error", "unknown"];
        const rule = { sender, name: `${name}-failing`, targets: [target.name], severities, comment: "what fails" };
        rules.push(new NotificationMatcher(`${own}-failing`, rule, parent));
      }
    }
    if (heartbeatAddress !== undefined) {
      const comment = "a sign of life to a dead-man switch";
      const inputs = { name: `${name}-heartbeat`, address: heartbeatAddress, comment };
      const target = new NotificationTarget(`${name}-heartbeat`, inputs, parent);
      const succeeded = { severities: ["info"], fields: ["exact:type=vzdump"] };
      const rule = { name: `${name}-succeeding`, targets: [target.name], ...succeeded, comment };
      rules.push(new NotificationMatcher(`${name}-succeeding`, rule, parent));
    }
    this.rules = pulumi.all(rules.map((rule) => rule.name));

    this.registerOutputs({ rules: this.rules });
  }
}
