import { deliver } from "../notify/delivery";
import { type Account } from "./account";

/** How a tunnel is, as Cloudflare calls it. That single connections of a connector fail, which it calls degraded, the lab does not know. */
export type TunnelStatus = "TUNNEL_STATUS_TYPE_HEALTHY" | "TUNNEL_STATUS_TYPE_DOWN" | "TUNNEL_STATUS_TYPE_INACTIVE";

/** What a change of health is told with. */
interface Policy {
  readonly id: string;
  readonly alert_type?: string;
  readonly enabled?: boolean;
  readonly name?: string;
  readonly filters?: { readonly new_status?: readonly string[]; readonly tunnel_id?: readonly string[] };
  readonly mechanisms?: { readonly webhooks?: readonly { readonly id: string }[] };
}

/**
 * Looks at the tunnels, and tells whom a policy names of each that changed since the last look. Mail goes nowhere; a webhook is really
 * posted to, where it is plain HTTP on loopback.
 * @returns Statuses by the names of the tunnels.
 */
export async function lookAtTunnels(account: Account): Promise<Readonly<Record<string, TunnelStatus>>> {
  const { tunnels } = account.holdings.value;
  const found: Record<string, TunnelStatus> = {};
  for (const { id, name } of tunnels) {
    const before = account.seen.value[id];
    const up = account.connectorsOf(id).length > 0;
    const now = up ? "TUNNEL_STATUS_TYPE_HEALTHY" : before === undefined ? INACTIVE : "TUNNEL_STATUS_TYPE_DOWN";
    found[String(name)] = now;
    if (now === before || now === INACTIVE) continue;
    account.seen.change((draft) => (draft[id] = now));
    if (before !== undefined) await tell(account, { id, name: String(name) }, now);
  }
  return found;
}

/** Nobody has ever dialled in. */
const INACTIVE = "TUNNEL_STATUS_TYPE_INACTIVE";

async function tell(account: Account, tunnel: { readonly id: string; readonly name: string }, status: TunnelStatus) {
  const { notifications, webhooks } = account.holdings.value;
  const policies = (notifications as readonly Policy[]).filter(
    ({ alert_type: alert, enabled = true, filters = {} }) =>
      alert === "tunnel_health_event" &&
      enabled &&
      (filters.new_status?.includes(status) ?? true) &&
      (filters.tunnel_id?.includes(tunnel.id) ?? true),
  );
  for (const { id, name, mechanisms } of policies) {
    const data = { new_status: status, tunnel_id: tunnel.id, tunnel_name: tunnel.name, severity: "INFO" };
    const about = { account_id: account.id, policy_id: id, policy_name: name, alert_type: "tunnel_health_event" };
    const text = `${tunnel.name} is ${status.slice("TUNNEL_STATUS_TYPE_".length).toLowerCase()}`;
    const body = Buffer.from(JSON.stringify({ name, text, data, ...about })).toString("base64");
    for (const { id: hook } of mechanisms?.webhooks ?? []) {
      const url = webhooks.find((one) => one.id === hook)?.["url"];
      const header = ["name=content-type,value=YXBwbGljYXRpb24vanNvbg=="];
      const message = { title: text, message: text, severity: "info", timestamp: 0, fields: {} } as const;
      // Cloudflare tries again later; one that does not answer holds nothing up.
      await deliver("webhook", { method: "post", url, header, body }, {}, message as never).catch(() => undefined);
    }
  }
}
