import type * as pulumi from "@pulumi/pulumi";

import { CloudflareProvider, Tunnel } from "../components";
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
  new Tunnel("tunnel", args, { providers: [...opts.providers, cloudflare] });
}
