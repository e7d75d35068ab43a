import { listOf, resourceRule } from "./rule";
import { TUNNEL_CONFIG } from "./types";

/**
 * The last line of a tunnel's configuration takes every name that no other does. Where it leads to a service, a record that somebody
 * adds to the zone leads there, with no login before it. Source: Cloudflare, ingress rules, "catch-all".
 */
export const unknownNamesLeadNowhere = resourceRule(
  { name: "unknown-names-lead-nowhere", description: "A name that nobody declared leads nowhere through the tunnel." },
  [TUNNEL_CONFIG],
  ({ name, props }) => {
    const { ingresses } = (props["config"] ?? {}) as { readonly ingresses?: unknown };
    const list = listOf(ingresses);
    const last = list.at(-1);
    const isEnd = last?.["service"] === "http_status:404" && last["hostname"] === undefined;
    const isAlone = list.slice(0, -1).every(({ hostname }) => hostname !== undefined && hostname !== "*");
    return isEnd && isAlone
      ? []
      : [
          `${name} must lead nowhere for a name that nobody declared: end ingresses with { service: "http_status:404" }, and give every other a hostname.`,
        ];
  },
);
