import { resourceRule } from "./rule";
import { TUNNEL } from "./types";

/** A tunnel that begins with configuration of its own can take Cloudflare's only by being made anew, with every connector cut off. */
export const tunnelIsConfiguredThere = resourceRule(
  {
    name: "tunnel-is-configured-there",
    description: "A tunnel has its configuration at Cloudflare from the first day.",
  },
  [TUNNEL],
  ({ name, props }) =>
    props["configSrc"] === "cloudflare"
      ? []
      : [
          `The tunnel ${name} must have its configuration at Cloudflare: set configSrc to "cloudflare" before it is made.`,
        ],
);
