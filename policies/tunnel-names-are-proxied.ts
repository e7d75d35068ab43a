import { leadsIn } from "./tunnel-names";
import { stackRule } from "./rule";

/** A tunnel is reached through Cloudflare alone: a record that is not proxied leads nowhere. Source: Cloudflare, tunnel DNS records. */
export const tunnelNamesAreProxied = stackRule(
  { name: "tunnel-names-are-proxied", description: "A name that leads into the site is reached through Cloudflare." },
  (resources) =>
    leadsIn(resources)
      .filter(({ props }) => props["proxied"] !== true || props["ttl"] !== 1)
      .map(({ props }) => `${String(props["name"])} must be reached through Cloudflare: set proxied: true, ttl: 1.`),
);
