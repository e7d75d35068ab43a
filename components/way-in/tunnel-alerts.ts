import * as pulumi from "@pulumi/pulumi";

import { NotificationPolicy, NotificationPolicyWebhooks } from "../internal/cloudflare";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link TunnelAlerts}. */
export interface TunnelAlertsArgs {
  /** Account at Cloudflare, 32 hexadecimal digits. */
  readonly accountId: string;
  /** Name of the tunnel, for people. */
  readonly tunnelName: string;
  /** Its identifier. */
  readonly tunnelId: pulumi.Input<string>;
  /** Mail addresses that are told. @default - none */
  readonly emails?: readonly string[];
  /** Address to which Cloudflare posts, which may hold a secret. Cloudflare tries it when it is made. @default - none */
  readonly webhook?: pulumi.Input<string>;
  /** Pools of load balancers that lead home: when one is not healthy, its names lead elsewhere. @default - none */
  readonly pools?: readonly pulumi.Input<string>[];
}

/**
 * Tells people when a tunnel is down or degraded and when it is up again, from outside the site: at Cloudflare, which sees the connectors
 * go, whatever else has gone with them. Where names fail over, also that they do.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/monitor-tunnels/notifications/
 */
export class TunnelAlerts extends pulumi.ComponentResource {
  constructor(name: string, args: TunnelAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:way-in:TunnelAlerts", name, {}, opts);
    rejectProblems(this, `TunnelAlerts "${name}"`, tunnelAlertsProblems(args));

    const { accountId, tunnelName, tunnelId, pools = [] } = args;
    const mechanisms = waysOf(this, name, args);
    const policy = { accountId, enabled: true, mechanisms };
    const health = { alertType: "tunnel_health_event", name: `${tunnelName}: the tunnel is down, or up again` };
    const filters = { tunnelIds: [tunnelId], newStatuses: STATUSES };
    new NotificationPolicy(name, { ...policy, ...health, filters }, { parent: this });
    if (pools.length > 0) {
      const failover = { alertType: "load_balancing_health_alert", name: `${tunnelName}: names lead elsewhere` };
      const leading = { poolIds: [...pools], newHealths: ["Unhealthy", "Healthy"] };
      new NotificationPolicy(`${name}-failover`, { ...policy, ...failover, filters: leading }, { parent: this });
    }

    this.registerOutputs({});
  }
}

/** What is told. That nobody has dialled in yet is not: a tunnel begins so. */
const STATUSES = ["TUNNEL_STATUS_TYPE_DEGRADED", "TUNNEL_STATUS_TYPE_DOWN", "TUNNEL_STATUS_TYPE_HEALTHY"];

function waysOf(
  parent: pulumi.Resource,
  name: string,
  { accountId, tunnelName, emails = [], webhook }: TunnelAlertsArgs,
) {
  const mails = emails.length === 0 ? {} : { emails: emails.map((id) => ({ id })) };
  if (webhook === undefined) return mails;
  const inputs = { accountId, name: `${tunnelName}: alerts`, url: pulumi.secret(webhook) };
  const hook = new NotificationPolicyWebhooks(name, inputs, { parent, additionalSecretOutputs: ["url"] });
  return { ...mails, webhooks: [{ id: hook.id }] };
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function tunnelAlertsProblems({ accountId, emails = [], webhook }: TunnelAlertsArgs): Problem[] {
  return [
    ...(/^[0-9a-f]{32}$/.test(accountId)
      ? []
      : [{ path: "accountId", reason: `expected 32 hexadecimal digits, got "${accountId}"` }]),
    ...(emails.length > 0 || webhook !== undefined
      ? []
      : [{ path: "emails", reason: "expected a mail address or a webhook, got neither" }]),
  ];
}
