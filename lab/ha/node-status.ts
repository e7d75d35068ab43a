import { type Crm } from "./model";
import { type ManagerStatus, type NodeStatus } from "./status";
import { FENCE_DELAY } from "./timing";
import { agentLock, type World } from "./world";

/** What the master makes of the nodes that corosync sees. Source: NodeStatus.pm. */
export function updateNodes(world: World, master: string, crm: Crm, manager: ManagerStatus): void {
  for (const name of world.nodeNames) {
    const state = manager.node_status[name] ?? "unknown";
    const inMaintenance = world.model.lrm[name]?.mode === "maintenance";
    if (world.isOnline(name)) {
      crm.lastOnline[name] = world.now;
      if (state === "unknown" || (state === "maintenance" && !inMaintenance))
        set(world, master, manager, name, "online");
      if (state === "online" && inMaintenance) set(world, master, manager, name, "maintenance");
    } else if (state === "online" || (state === "maintenance" && !inMaintenance)) {
      set(world, master, manager, name, "unknown");
    }
  }
}

/** Whether a node was away for the fence delay. A master that never saw it begins to count now. */
export function isOfflineForLong(world: World, crm: Crm, manager: ManagerStatus, name: string): boolean {
  if (manager.node_status[name] === "online") return false;
  const last = crm.lastOnline[name];
  if (last === undefined) {
    crm.lastOnline[name] = world.now;
    return false;
  }
  return world.now - last >= FENCE_DELAY;
}

/**
 * Fences a node: waits until its agent lock can be had, which only a node that runs nothing any more leaves behind. The master
 * keeps that lock until it runs out, so a node that is back soon waits for it.
 */
export function fenceNode(world: World, master: string, manager: ManagerStatus, name: string): boolean {
  const source = `${master}/crm`;
  if (manager.node_status[name] !== "fence") {
    set(world, master, manager, name, "fence");
    world.log(source, `FENCE: Try to fence node '${name}'`, "notice");
  }
  if (!world.takeLock(agentLock(name), master)) return false;
  world.log(source, `got lock '${agentLock(name)}'`);
  world.log(source, `fencing: acknowledged - got agent lock for node '${name}'`);
  set(world, master, manager, name, "unknown");
  world.log(source, `SUCCEED: fencing: acknowledged - got agent lock for node '${name}'`, "notice");
  return true;
}

function set(world: World, master: string, manager: ManagerStatus, name: string, state: NodeStatus): void {
  const last = manager.node_status[name] ?? "unknown";
  if (last === state) return;
  manager.node_status[name] = state;
  world.log(`${master}/crm`, `node '${name}': state changed from '${last}' => '${state}'`);
}
