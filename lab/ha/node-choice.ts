import { type Model, type Resource, type Rule, type Sid } from "./model";
import { type ManagerStatus, type ServiceStatus } from "./status";

/** How a node is chosen: stay if possible, take the best, or the best that did not fail yet (Manager.pm). */
export type Preference = "none" | "best-score" | "try-next";

/** Node on which a service belongs; undefined when no node may have it. Source: Manager.pm, select_service_node. */
export function chooseNode(
  { config }: Model,
  manager: ManagerStatus,
  sid: Sid,
  resource: Resource,
  preference: Preference,
): string | undefined {
  const service = manager.service_status[sid];
  const online = Object.keys(manager.node_status).filter((node) => manager.node_status[node] === "online");
  const rules = Object.values(config.rules).filter((rule) => rule.disable !== true && rule.resources.includes(sid));
  const { allowed, best } = nodeAffinity(rules, online);
  const { together, apart } = resourceAffinity(rules, sid, manager, online);
  const here = service?.node ?? "";
  const fits = (node: string): boolean => !apart.has(node) && (together.size === 0 || together.has(node));
  if (preference === "none" && !resource.failback && allowed.includes(here) && fits(here)) return here;

  const failed = preference === "try-next" ? (service?.failed_nodes ?? []) : [];
  let left = best.filter((node) => !failed.includes(node) && !apart.has(node));
  const most = Math.max(0, ...left.map((node) => together.get(node) ?? 0));
  if (most > 0) left = left.filter((node) => together.get(node) === most);

  const home = service?.maintenance_node;
  if (home !== undefined && left.includes(home)) return home;
  if (preference === "none" && left.includes(here)) return here;
  const load = loads(manager, online);
  return left.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || a.localeCompare(b))[0];
}

/** Online nodes that a rule allows, and those of the highest priority among them. */
function nodeAffinity(rules: readonly Rule[], online: readonly string[]): { allowed: string[]; best: string[] } {
  const rule = rules.find((one) => one.type === "node-affinity");
  if (rule?.type !== "node-affinity") return { allowed: [...online], best: [...online] };
  // Nodes outside a rule that is not strict come after all nodes of the rule.
  const rank = (node: string): number => rule.nodes[node] ?? -1;
  const allowed = online.filter((node) => rank(node) >= 0 || !rule.strict);
  const highest = Math.max(...allowed.map(rank));
  return { allowed, best: allowed.filter((node) => rank(node) === highest) };
}

/** Nodes with services that this one has to be with, and how many; nodes with services that it must not be with. */
function resourceAffinity(
  rules: readonly Rule[],
  sid: Sid,
  { service_status: services }: ManagerStatus,
  online: readonly string[],
): { together: Map<string, number>; apart: Set<string> } {
  const together = new Map<string, number>();
  const apart = new Set<string>();
  for (const rule of rules) {
    if (rule.type !== "resource-affinity") continue;
    const others = rule.resources.filter((other) => other !== sid).flatMap((other) => services[other] ?? []);
    for (const node of others.flatMap(usedNodes).filter((one) => online.includes(one))) {
      if (rule.affinity === "negative") apart.add(node);
      else together.set(node, (together.get(node) ?? 0) + 1);
    }
  }
  return { together, apart };
}

/** Nodes that a service takes up: also that to which it goes. Source: Usage.pm, get_used_service_nodes. */
function usedNodes({ state, node, target }: ServiceStatus): string[] {
  if (state === "stopped" || state === "request_start" || state === "recovery") return [];
  return target === undefined ? [node] : [node, target];
}

/** Services a node, the measure of the scheduler `basic`. */
function loads({ service_status: services }: ManagerStatus, online: readonly string[]): Map<string, number> {
  const load = new Map(online.map((node) => [node, 0]));
  for (const service of Object.values(services))
    for (const node of usedNodes(service)) load.set(node, (load.get(node) ?? 0) + 1);
  return load;
}
