import { type PveCluster } from "./cluster";
import { type DeepReadonly } from "../core/state";

/** A guest that HA watches: the options that were given, as text. */
export type HaResource = Readonly<Record<string, string>>;

/** A rule: `type`, `resources`, and the options of its type, as text. */
export type HaRule = Readonly<Record<string, string>>;

/** What HA of a cluster has written down. */
export interface HaState {
  /** Resources by `vm:<vmid>` or `ct:<vmid>`. */
  resources: Record<string, HaResource>;
  /** Rules by name. */
  rules: Record<string, HaRule>;
  /** When the first resource came, in real milliseconds: the manager knows no node before. */
  firstAt?: number;
}

/** Milliseconds until the manager has seen its nodes; about 25 seconds on a real cluster (observed on PVE 9.2). */
const MANAGER_LOOKS_AFTER_MS = 500;

/** Nodes that the manager knows: none until it has run with a resource. */
export function nodesOfManager({ ha, nodes, managerNodes }: PveCluster): string[] {
  if (managerNodes !== undefined) return [...managerNodes];
  const { firstAt } = ha.value;
  const looked = firstAt !== undefined && Date.now() - firstAt >= MANAGER_LOOKS_AFTER_MS;
  return looked ? [...nodes.keys()] : [];
}

/** `n1:2,n2:1` as pairs; without a number the priority is 0. */
export function nodePriorities(text: string): [node: string, priority: number][] {
  return text.split(",").map((part) => {
    const [node = "", priority = "0"] = part.split(":");
    return [node, Number(priority)];
  });
}

/** Resources of a rule. */
export function resourcesOf(rule: HaRule | DeepReadonly<HaRule>): string[] {
  return (rule["resources"] ?? "").split(",").filter((sid) => sid !== "");
}

/**
 * What is wrong with a rule among the others; undefined when nothing is. The fragments were observed on PVE 9.2; the sentences
 * around them are the lab's.
 * @see pve-docs, ha-manager.adoc, "Rule Conflicts"
 */
export function ruleProblem(cluster: PveCluster, name: string, rule: HaRule): string | undefined {
  const { resources, rules } = cluster.ha.value;
  const own = resourcesOf(rule);
  const unmanaged = own.filter((sid) => resources[sid] === undefined);
  if (unmanaged.length > 0) return `cannot use unmanaged resource(s) ${unmanaged.join(", ")}.`;
  const others = Object.entries(rules).filter(([other]) => other !== name);
  const shares = ([, other]: [string, HaRule]) => resourcesOf(other).some((sid) => own.includes(sid));
  const affine = others.filter((entry) => entry[1]["type"] === "node-affinity" && shares(entry));
  return rule["type"] === "node-affinity"
    ? nodeProblem(
        cluster,
        rule,
        affine,
        others.filter((entry) => entry[1]["type"] !== "node-affinity" && shares(entry)),
      )
    : resourceProblem(cluster, rule, own, affine, others);
}

type Entries = readonly (readonly [string, HaRule])[];

function nodeProblem({ nodes }: PveCluster, rule: HaRule, affine: Entries, together: Entries): string | undefined {
  const wanted = nodePriorities(rule["nodes"] ?? "");
  const strange = wanted.map(([node]) => node).filter((node) => !nodes.has(node));
  if (strange.length > 0) return `cannot use non-existent node(s) ${strange.join(", ")}.`;
  if (affine.length > 0) return `resource is already used in node affinity rule '${affine[0]?.[0] ?? ""}'.`;
  return isRanked(rule) && together.length > 0 ? RANKED : undefined;
}

function resourceProblem(
  cluster: PveCluster,
  rule: HaRule,
  own: readonly string[],
  affine: Entries,
  others: Entries,
): string | undefined {
  if (own.length < 2) return "rule is ineffective as there are less than two resources.";
  if (affine.some(([, other]) => isRanked(other))) return RANKED;
  const opposite = others.find(([, other]) => {
    const both = resourcesOf(other).filter((sid) => own.includes(sid)).length > 1;
    return both && other["affinity"] !== undefined && other["affinity"] !== rule["affinity"];
  });
  if (opposite !== undefined) return `resources are in the opposite rule '${opposite[0]}' too.`;
  const crowded = rule["affinity"] === "negative" && own.length > nodesOfManager(cluster).length;
  return crowded ? "rule defines more resources than available nodes." : undefined;
}

const RANKED = "resource cannot be in a node affinity rule with multiple priorities.";

/** Whether a rule prefers some of its nodes to others. */
function isRanked(rule: HaRule): boolean {
  return new Set(nodePriorities(rule["nodes"] ?? "").map(([, priority]) => priority)).size > 1;
}
