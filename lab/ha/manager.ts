import { type Crm } from "./model";
import { fenceNode, updateNodes } from "./node-status";
import { nextState } from "./service-states";
import { changeService } from "./service-change";
import { type ManagerStatus } from "./status";
import { takeCommands } from "./crm-commands";
import { type World } from "./world";

/** A master's work of one round, until nothing changes any more. Source: Manager.pm, manage. */
export function manage(world: World, master: string, crm: Crm): void {
  const manager = takeOver(world, master);
  updateNodes(world, master, crm, manager);
  if (manager.node_status[master] !== "online" && manager.node_status[master] !== "maintenance") {
    world.log(`${master}/crm`, "master seems offline");
    return;
  }
  addServices(world, master, manager);
  removeServices(world, master, manager);
  takeCommands(world, master, manager);
  while (settle(world, master, crm, manager));
  manager.timestamp = world.now;
}

/** What the last master has written down is all that the next one knows. */
function takeOver({ model, now }: World, master: string): ManagerStatus {
  const old = model.manager;
  model.manager = {
    master_node: master,
    node_status: old?.node_status ?? {},
    service_status: old?.service_status ?? {},
    node_request: old?.node_request ?? {},
    timestamp: old?.timestamp ?? now,
  };
  return model.manager;
}

function addServices(world: World, master: string, manager: ManagerStatus): void {
  const { config, guests } = world.model;
  for (const sid of Object.keys(config.resources).sort()) {
    const [resource, guest] = [config.resources[sid], guests[sid]];
    if (manager.service_status[sid] !== undefined || guest === undefined) continue;
    if (resource === undefined || resource.state === "ignored") continue;
    world.log(`${master}/crm`, `adding new service '${sid}' on node '${guest.node}'`);
    const state = resource.state === "started" ? "request_start" : "request_stop";
    manager.service_status[sid] = { state, node: guest.node, uid: world.newUid() };
  }
}

function removeServices(world: World, master: string, manager: ManagerStatus): void {
  for (const sid of Object.keys(manager.service_status).sort()) {
    const resource = world.model.config.resources[sid];
    if (resource !== undefined && resource.state !== "ignored") continue;
    const reason = resource === undefined ? "no config" : "ignored state requested";
    world.log(`${master}/crm`, `removing stale service '${sid}' (${reason})`);
    Reflect.deleteProperty(manager.service_status, sid);
  }
}

/** One pass over all services; whether any has changed. */
function settle(world: World, master: string, crm: Crm, manager: ManagerStatus): boolean {
  const before = JSON.stringify(statesOf(manager));
  for (const sid of Object.keys(manager.service_status).sort()) {
    const context = { world, master, crm, manager, sid };
    nextState(context);
    const service = manager.service_status[sid];
    const mode = world.model.lrm[service?.node ?? ""]?.mode;
    if (service !== undefined && mode === "restart" && ["started", "stopped", "request_stop"].includes(service.state))
      changeService(context, "freeze");
  }
  recoverFenced(world, master, crm, manager);
  return before !== JSON.stringify(statesOf(manager));
}

function statesOf({ service_status: services }: ManagerStatus): string[] {
  return Object.values(services).map(({ state, node }) => `${state} ${node}`);
}

function recoverFenced(world: World, master: string, crm: Crm, manager: ManagerStatus): void {
  const fenced = new Map<string, boolean>();
  for (const sid of Object.keys(manager.service_status).sort()) {
    const service = manager.service_status[sid];
    if (service?.state !== "fence") continue;
    const isFenced = fenced.get(service.node) ?? fenceNode(world, master, manager, service.node);
    fenced.set(service.node, isFenced);
    if (isFenced) changeService({ world, master, crm, manager, sid }, "recovery");
  }
}
