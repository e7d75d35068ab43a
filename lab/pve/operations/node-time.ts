import { type Operation } from "../operation";
import { NODE } from "../parameters/common";

/** A node's clock; the lab's machines stand in UTC. Source: pve-manager, PVE/API2/Nodes.pm `time`. */
export const NODE_TIME: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/time",
    parameters: { node: NODE },
    permissions: { check: ["perm", "/nodes/{node}", ["Sys.Audit"]] },
    handle: (call) => {
      const time = call.cluster.site.clock.seconds();
      return { time, localtime: time, timezone: "Etc/UTC" };
    },
  },
];
