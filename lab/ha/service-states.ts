import { type Resource } from "./model";
import { chooseNode, type Preference } from "./node-choice";
import { isOfflineForLong } from "./node-status";
import { changeService, type ServiceContext } from "./service-change";
import { type ServiceStatus } from "./status";
import { steal } from "./guest-moves";

/** What becomes of a service in this round. Source: Manager.pm, next_state_*. */
export function nextState(context: ServiceContext): void {
  const { world, manager, sid } = context;
  const [service, resource] = [manager.service_status[sid], world.model.config.resources[sid]];
  if (service === undefined || resource === undefined) return;
  switch (service.state) {
    case "request_start":
      changeService(context, "started", { node: service.node });
      return;
    case "started":
      started(context, service, resource);
      return;
    case "stopped":
      stopped(context, service, resource);
      return;
    case "request_stop":
    case "migrate":
    case "relocate":
      awaited(context, service, resource);
      return;
    case "recovery":
      recover(context, service, resource);
      return;
    case "freeze":
      if (world.model.lrm[service.node]?.mode === "active") changeService(context, wanted(resource));
      return;
    case "error":
      if (resource.state === "disabled") changeService(context, "stopped");
      return;
    case "fence":
      return;
  }
}

function wanted({ state }: Resource): "started" | "request_stop" {
  return state === "started" ? "started" : "request_stop";
}

function resultOf({ world }: ServiceContext, { uid }: ServiceStatus): boolean | undefined {
  return Object.values(world.model.lrm).find(({ results }) => results[uid] !== undefined)?.results[uid]?.ok;
}

function isLost({ world, crm, manager }: ServiceContext, { node }: ServiceStatus): boolean {
  return isOfflineForLong(world, crm, manager, node);
}

function say({ world, master }: ServiceContext, text: string, level: "info" | "warning" | "err" = "info"): void {
  world.log(`${master}/crm`, text, level);
}

/** A stop or a move that the LRM was asked for. */
function awaited(context: ServiceContext, service: ServiceStatus, resource: Resource): void {
  const { sid } = context;
  const result = resultOf(context, service);
  if (service.state === "request_stop") {
    if (result === false) say(context, `service '${sid}' stop failed (exit code 1)`, "err");
    if (result !== undefined) changeService(context, result ? "stopped" : "error");
    else if (isLost(context, service)) changeService(context, "fence");
    return;
  }
  if (result === false) say(context, `service '${sid}' - migration failed (exit code 1)`, "err");
  if (result !== undefined)
    changeService(context, wanted(resource), { node: result ? (service.target ?? service.node) : service.node });
  else if (isLost(context, service)) changeService(context, "fence");
}

function stopped(context: ServiceContext, service: ServiceStatus, resource: Resource): void {
  const guest = context.world.model.guests[context.sid];
  if (guest !== undefined && guest.node !== service.node) {
    say(context, `fixup service '${context.sid}' location (${service.node} => ${guest.node})`);
    service.node = guest.node;
  }
  if (service.cmd !== undefined) {
    const [task, target] = service.cmd;
    delete service.cmd;
    if (target !== service.node) {
      changeService(context, task, { node: service.node, target });
      return;
    }
  }
  if (resource.state === "disabled") return;
  const isDrained = context.manager.node_status[service.node] === "maintenance";
  if (!isDrained && isLost(context, service)) changeService(context, "fence");
  else if (resource.state === "started") changeService(context, "request_start", { node: service.node });
}

function started(context: ServiceContext, service: ServiceStatus, resource: Resource): void {
  const { manager, sid } = context;
  const nodeState = manager.node_status[service.node] ?? "unknown";
  if (nodeState !== "online") {
    if (nodeState !== "maintenance") {
      if (isLost(context, service)) changeService(context, "fence");
      return;
    }
    service.maintenance_node = service.node;
  }
  if (resource.state !== "started") {
    changeService(context, "request_stop");
    return;
  }
  if (service.cmd !== undefined) {
    const [task, target] = service.cmd;
    delete service.cmd;
    say(context, `${task} service '${sid}' to node '${target}'`);
    changeService(context, task, { node: service.node, target });
    return;
  }
  const preference = afterStart(context, service, resource);
  if (preference !== undefined) place(context, service, resource, preference);
}

/** What the result of a start means for the choice of a node; undefined when no node is tried any more. */
function afterStart(context: ServiceContext, service: ServiceStatus, resource: Resource): Preference | undefined {
  const { sid } = context;
  const result = resultOf(context, service);
  if (result === undefined) return "none";
  if (result) {
    if (service.failed_nodes !== undefined) {
      const failed = service.failed_nodes.join(", ");
      say(context, `relocation policy successful for '${sid}' on node '${service.node}', failed nodes: ${failed}`);
    }
    delete service.failed_nodes;
    service.running = true;
    return "none";
  }
  delete service.running;
  const failed = [...(service.failed_nodes ?? []), service.node];
  service.failed_nodes = failed;
  if (failed.length > resource.max_relocate) {
    const nodes = failed.join(", ");
    say(context, `recovery policy for service ${sid} failed, entering error state. Failed nodes: ${nodes}`, "err");
    changeService(context, "error");
    return undefined;
  }
  say(context, `starting service ${sid} on node '${service.node}' failed, relocating service.`, "warning");
  return "try-next";
}

/** Leaves the service where it is, or has it moved to where it belongs. */
function place(context: ServiceContext, service: ServiceStatus, resource: Resource, preference: Preference): void {
  const { world, manager, sid } = context;
  const node = chooseNode(world.model, manager, sid, resource, preference);
  if (node !== undefined && node !== service.node) {
    if (node === service.maintenance_node) {
      say(context, `moving service '${sid}' back to '${node}', node came back from maintenance.`);
      delete service.maintenance_node;
    }
    const isLive = sid.startsWith("vm:");
    say(context, `${isLive ? "migrate" : "relocate"} service '${sid}' to node '${node}'${isLive ? " (running)" : ""}`);
    changeService(context, isLive ? "migrate" : "relocate", { node: service.node, target: node });
    return;
  }
  if (preference === "try-next") {
    const tried = service.failed_nodes?.join(", ") ?? "";
    const text = `Start Error Recovery: Tried all available nodes for service '${sid}', retry start on current node.`;
    say(context, `${text} Tried nodes: ${tried}`, "warning");
  }
  if (service.maintenance_node === service.node && manager.node_status[service.node] === "online")
    delete service.maintenance_node;
  // A new request makes the LRM look again, and start what has gone down by itself.
  if (resultOf(context, service) !== undefined) service.uid = world.newUid();
}

/** A service of a fenced node is given to another; without one it waits, and is tried again every round. */
function recover(context: ServiceContext, service: ServiceStatus, resource: Resource): void {
  const { world, manager, sid } = context;
  const fenced = service.node;
  const node = chooseNode(world.model, manager, sid, resource, "best-score");
  if (node === undefined) {
    say(context, `recovering service '${sid}' from fenced node '${fenced}' failed, no recovery node found`, "err");
    if (resource.state === "disabled") changeService(context, "stopped");
    return;
  }
  const again = `recover service '${sid}' to previous failed and fenced node '${fenced}' again`;
  say(context, node === fenced ? again : `recover service '${sid}' from fenced node '${fenced}' to node '${node}'`);
  steal(world, sid, node);
  service.node = node;
  changeService(context, wanted(resource), { node });
}
