import { propertyString } from "../backup-job";
import { type PveCluster } from "../cluster";
import { nodePriorities, resourcesOf, ruleProblem, type HaResource, type HaRule } from "../high-availability";
import { type ReplicationJob as WrittenJob } from "../replication-job";
import { type Config, type Resource, type Rule } from "../../ha/model";
import { type ReplicationJob } from "../../ha/replication-model";
import { type DeepReadonly } from "../../core/state";

/** What a cluster's people have written down, as the daemons read it. Rules that contradict each other count for nothing. */
export function writtenConfig(cluster: PveCluster): Omit<Config, "shutdownPolicy"> & Partial<Config> {
  const { resources, rules } = cluster.ha.value;
  const { jobs } = cluster.replication.value;
  const policy = POLICIES.find((one) => one === propertyString(cluster.options.value.options["ha"] ?? "", KEY)[KEY]);
  return {
    ...(policy !== undefined && { shutdownPolicy: policy }),
    resources: mapped(resources, resource),
    rules: mapped(
      Object.fromEntries(Object.entries(rules).filter(([name, one]) => ruleProblem(cluster, name, one) === undefined)),
      rule,
    ),
    jobs: Object.fromEntries(
      Object.entries(jobs)
        .filter(([, { markedAt }]) => markedAt === undefined)
        .map(([id, one]) => [id, job(cluster, id, one)]),
    ),
  };
}

const KEY = "shutdown_policy";
const POLICIES = ["freeze", "failover", "conditional", "migrate"] as const;

function mapped<From, To>(all: Readonly<Record<string, From>>, one: (from: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, one(value)]));
}

function resource({ state = "started", max_restart = "1", max_relocate = "1", failback }: HaResource): Resource {
  const wanted = state === "enabled" ? "started" : (state as Resource["state"]);
  const numbers = { max_restart: Number(max_restart), max_relocate: Number(max_relocate) };
  return { state: wanted, ...numbers, failback: failback !== "0" };
}

function rule(written: HaRule): Rule {
  const common = { resources: resourcesOf(written), disable: written["disable"] === "1" };
  if (written["type"] === "node-affinity") {
    const nodes = Object.fromEntries(nodePriorities(written["nodes"] ?? ""));
    return { type: "node-affinity", nodes, strict: written["strict"] === "1", ...common };
  }
  const affinity = written["affinity"] === "negative" ? "negative" : "positive";
  return { type: "resource-affinity", affinity, ...common };
}

const MEGABYTE = 1e6;

function job(cluster: PveCluster, id: string, written: DeepReadonly<WrittenJob>): ReplicationJob {
  const { schedule = "*/15", rate, disable } = written.options;
  const vmid = id.split("-")[0] ?? "";
  return {
    sid: sidOf(cluster, vmid),
    source: written.source,
    target: written.target,
    schedule,
    disable: disable === "1",
    ...(rate !== undefined && { rate: Number(rate) * MEGABYTE }),
  };
}

/** HA's name of a guest. */
function sidOf(cluster: PveCluster, vmid: string): string {
  const all = [...cluster.nodes.values()].flatMap((node) => node.allGuests());
  return `${all.find((guest) => String(guest.vmid) === vmid)?.type === "lxc" ? "ct" : "vm"}:${vmid}`;
}
