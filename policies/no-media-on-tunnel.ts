import { leadsIn } from "./tunnel-names";
import { stackRule } from "./rule";

/**
 * Cloudflare's terms allow no media through a tunnel; an account that is closed for it takes every other name with it. Which names are a
 * media service's no record says: the configuration does. Source: requirements R08.
 */
export const noMediaOnTunnel = stackRule(
  { name: "no-media-on-tunnel", description: "No media service is reached through the tunnel." },
  (resources, { names }) => {
    const media = (names as readonly string[] | undefined) ?? [];
    return leadsIn(resources)
      .map(({ props }) => String(props["name"]))
      .filter((name) => media.includes(name))
      .map((name) => `${name} must not go through the tunnel, for it streams media: name its guest in tunnel.exclude.`);
  },
  { names: { type: "array", items: { type: "string" } } },
);
