import { HA_RESOURCE, VM } from "./types";
import { ofType, stackRule } from "./rule";

/** After a failover the program would replace a guest that is on another node than it says, and delete it there. */
export const failoverGuestMoves = stackRule(
  {
    name: "failover-guest-moves",
    description: "A guest that fails over may be on another node than the program says.",
  },
  (resources) => {
    const moving = ofType(resources, HA_RESOURCE).map(({ props }) => String(props["guest"]));
    return ofType(resources, VM)
      .filter(
        ({ props, opts }) => moving.includes(`vm:${String(props["vmId"])}`) && !opts.ignoreChanges.includes("nodeName"),
      )
      .map(({ name }) => `${name} must not be replaced after a failover: set ignoreChanges: ["nodeName"].`);
  },
);
