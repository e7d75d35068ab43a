import * as z from "zod";

import { toSeconds, type Duration } from "../../estate/units/duration";
import { HaClient } from "../../provider/clients/ha-client";
import { observe } from "../observe";
import { get, type Ask } from "../observe/site";
import { seeFailover } from "../status/look";
import { type SeenCluster, type SeenGuest } from "./plan";

const MANAGER = z.looseObject({
  manager_status: z.looseObject({ node_status: z.record(z.string(), z.string()).optional() }).optional(),
});

/** States of nodes in HA's words; empty as long as it has nothing to watch. */
export async function nodeStates(ask: Ask): Promise<Readonly<Record<string, string>>> {
  const { manager_status: manager } = await get(ask, MANAGER, "/cluster/ha/status/manager_status");
  return manager?.node_status ?? {};
}

/** Looks at the whole cluster before a node of it is emptied. */
export async function seeCluster(ask: Ask, site: string, rpo: Duration): Promise<SeenCluster> {
  const { nodes, guests, highAvailability } = await observe({ ask, pbs: undefined }, site);
  const failover = await seeFailover(ask);
  const states = await nodeStates(ask);
  const placed = await new HaClient({ ask }).guests();
  const rules = (highAvailability?.items ?? []).filter(
    ({ kind, state, disabled }) => kind === "rule" && state === "node-affinity" && disabled !== true,
  );
  const device = highAvailability?.items.find(({ kind }) => kind === "quorum-device");
  return {
    quorate: failover.quorate,
    device: device === undefined ? "none" : device.state === "Connected" ? "votes" : "silent",
    promised: toSeconds(rpo),
    nodes: (nodes?.items ?? []).map(({ name, online, cpuModel, memory }) => ({
      ...{ name, online, cpuModel, memory },
      haState: states[name],
    })),
    guests: placed.map(({ vmid, type, node, status }): SeenGuest => {
      const id = `${type === "qemu" ? "vm" : "ct"}:${vmid}`;
      const known = guests.items.find((one) => one.vmid === vmid);
      const service = failover.services.find(({ sid }) => sid === id);
      const rule = rules.find(({ resources }) => resources?.includes(id));
      return {
        id,
        node,
        name: known?.name ?? String(vmid),
        running: status === "running",
        onBoot: known?.onBoot === true,
        memory: known?.memory,
        cpuType: known?.cpuType,
        haState: service?.state === "ignored" ? undefined : service?.state,
        ruleNodes: rule?.nodes === undefined ? undefined : bestFirst(rule.nodes),
        replicas: failover.jobs
          .filter((job) => job.id.startsWith(`${vmid}-`))
          .map(({ id: job, target, runs }) => ({ job, node: target, runs })),
      };
    }),
  };
}

/** `tappaas1:2,tappaas2:1` as names; the highest number is preferred. */
function bestFirst(nodes: string): string[] {
  const pairs = nodes.split(",").map((part) => {
    const [node = "", priority = "0"] = part.split(":");
    return { node, priority: Number(priority) };
  });
  return pairs.sort((a, b) => b.priority - a.priority).map(({ node }) => node);
}
