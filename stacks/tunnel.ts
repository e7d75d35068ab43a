import * as pulumi from "@pulumi/pulumi";

import { CloudflareProvider, DnsFailover, Tunnel } from "../components";
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
  declareNameFailover(tunnel, made, providers);
}

/** Names that lead to another place while the site does not answer. */
function declareNameFailover(
  { accountId, failover }: TunnelPlan,
  { tunnelId }: Tunnel,
  providers: pulumi.ProviderResource[],
): void {
  if (failover === undefined) return;
  const { names, address: elsewhere, path, expectedCodes } = failover;
  const home = pulumi.interpolate`${tunnelId}.cfargotunnel.com`;
  for (const { name, zoneId } of names)
    new DnsFailover(name, { accountId, zoneId, name, home, elsewhere, path, expectedCodes }, { providers });
}
