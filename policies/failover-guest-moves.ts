import { movingGuests } from "./failover";
import { ofType, stackRule } from "./rule";
import { VM } from "./types";

/**
 * After a failover the program would replace a guest that is on another node than it says, and delete it there.
 * Source: bpg/terraform-provider-proxmox issues 1256, 2071, 2081.
 */
export const failoverGuestMoves = stackRule(
  {
    name: "failover-guest-moves",
    description: "A guest that fails over may be on another node than the program says.",
  },
  (resources) => {
    const moving = movingGuests(resources);
    return ofType(resources, VM)
      .filter(
        ({ props, opts }) => moving.includes(`vm:${String(props["vmId"])}`) && !opts.ignoreChanges.includes("nodeName"),
      )
      .map(({ name }) => `${name} must not be replaced after a failover: set ignoreChanges: ["nodeName"].`);
  },
);
