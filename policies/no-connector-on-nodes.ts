import { resourceRule } from "./rule";
import { COMMAND } from "./types";

/** Whoever breaks into what faces the internet must not be on a node, where all guests and their key are. */
export const noConnectorOnNodes = resourceRule(
  {
    name: "no-connector-on-nodes",
    description: "The connector of a tunnel runs in a guest, and never on a node itself.",
  },
  [COMMAND],
  ({ name, props }) =>
    ["create", "update"].some((key) => /\bcloudflared\b/.test(String(props[key] ?? "")))
      ? [`${name} must not bring a tunnel's connector onto a node: let it run in a guest of the zone dmz.`]
      : [],
);
