import * as pulumi from "@pulumi/pulumi";

import { CloudflareProvider, DnsFailover, Tunnel, TunnelAlerts } from "../components";
import { type Tunnel as TunnelPlan } from "../estate/tunnel";
import { defined } from "../estate/units/defined";
import { type Configuration } from "./config";

/** Published services are reached through Cloudflare, when the settings say so; what is not for everybody only after a login. */
export function declareTunnel(
  { estate: { tunnel }, secrets }: Configuration,
  opts: { readonly providers: readonly pulumi.ProviderResource[] },
): void {
  if (tunnel === undefined) return;
  const { api: baseUrl, accountId, name: tunnelName, names, access } = tunnel;
  const way = defined({ apiToken: secrets.cloudflareApiToken, baseUrl });
  const cloudflare = new CloudflareProvider("cloudflare", way);
  const connectors = tunnel.connectors.map(({ vmid, name: machine }) => ({ vmid, machine }));
  const args = { accountId, tunnelName, names, connectors, access };
  const providers = [...opts.providers, cloudflare];
  const made = new Tunnel("tunnel", args, { providers });
  const pools = declareNameFailover(tunnel, made, providers);
  declareAlerts(tunnel, made, { pools, webhook: secrets.tunnelAlertAddress }, providers);
}

/** Who is told at Cloudflare, from outside the site. */
function declareAlerts(
  { accountId, name: tunnelName, alerts }: TunnelPlan,
  { tunnelId }: Tunnel,
  told: { readonly pools: readonly pulumi.Output<string>[]; readonly webhook: pulumi.Output<string> | undefined },
  providers: pulumi.ProviderResource[],
): void {
  if (alerts.emails.length === 0 && told.webhook === undefined) return;
  const args = { accountId, tunnelName, tunnelId, emails: alerts.emails, ...defined(told) };
  new TunnelAlerts("tunnel", args, { providers });
}

/** Names that lead to another place while the site does not answer, and the pools that lead home. */
function declareNameFailover(
  { accountId, failover }: TunnelPlan,
  { tunnelId }: Tunnel,
  providers: pulumi.ProviderResource[],
): pulumi.Output<string>[] {
  if (failover === undefined) return [];
  const { names, address: elsewhere, path, expectedCodes } = failover;
  const home = pulumi.interpolate`${tunnelId}.cfargotunnel.com`;
  return names.map(({ name, zoneId }) => {
    const args = { accountId, zoneId, name, home, elsewhere, path, expectedCodes };
    return new DnsFailover(name, args, { providers }).homePoolId;
  });
}
