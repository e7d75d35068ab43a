import { CLIENT_WATCHDOG, HARDWARE_WATCHDOG } from "./timing";
import { type World } from "./world";

/** A client tells the node's watchdog that it lives; from the first time on it has to go on. */
export function touchWatchdog(world: World, name: string, client: "crm" | "lrm"): void {
  const node = world.node(name);
  const isNew = node.watchdog.crm === undefined && node.watchdog.lrm === undefined;
  node.watchdog[client] = world.now;
  if (isNew && world.model.rounds === "daemons") world.later(LIMIT, { kind: "watchdog", node: name, boot: node.boot });
}

/** A client that has nothing to protect any more says so. */
export function closeWatchdog(world: World, name: string, client: "crm" | "lrm"): void {
  Reflect.deleteProperty(world.node(name).watchdog, client);
}

/** Whether a client was silent for too long. Looked at by the node's own timer; it looks again when the next may be. */
export function watchdogBites(world: World, name: string): boolean {
  const { watchdog, boot } = world.node(name);
  const heard = [watchdog.crm, watchdog.lrm].filter((moment) => moment !== undefined);
  if (heard.length === 0) return false;
  const left = Math.min(...heard) + LIMIT - world.now;
  if (left > 0) world.later(left, { kind: "watchdog", node: name, boot });
  return left <= 0;
}

/** Nodes with a silent client, as the hardware of pve-ha-manager's regression tests sees it: without the second timer. */
export function silentNodes(world: World): string[] {
  return world.nodeNames.filter((name) => {
    const { watchdog } = world.node(name);
    return [watchdog.crm, watchdog.lrm].some((heard) => heard !== undefined && world.now - heard > CLIENT_WATCHDOG);
  });
}

/** Seconds of silence after which a node is reset, at the latest. */
const LIMIT = CLIENT_WATCHDOG + HARDWARE_WATCHDOG;
