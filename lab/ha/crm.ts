import { manage } from "./manager";
import { type Crm } from "./model";
import { ACTIVE_ROUND, LOCK_LIFETIME, WAITING_ROUND } from "./timing";
import { closeWatchdog, touchWatchdog } from "./watchdog";
import { MANAGER_LOCK, type World } from "./world";

/** A CRM as it starts. */
export function newCrm(): Crm {
  return { state: "wait_for_quorum", lastOnline: {} };
}

/** One round of a node's CRM. Returns the seconds until its next. Source: CRM.pm. */
export function crmRound(world: World, name: string): number {
  const { crm } = world.node(name);
  if (crm === undefined) return WAITING_ROUND;
  changeState(world, name, crm);
  if (crm.state === "master") {
    manage(world, name, crm);
    return ACTIVE_ROUND;
  }
  return crm.state === "slave" ? untilNextTry(world) : WAITING_ROUND;
}

function changeState(world: World, name: string, crm: Crm): void {
  if (crm.state === "master") {
    if (takeManagerLock(world, name)) return;
    // It has nothing to fence with any more, and takes its own watchdog back: only its LRM's services need one.
    become(world, name, crm, "lost_manager_lock");
    closeWatchdog(world, name, "crm");
    become(world, name, crm, "wait_for_quorum");
    return;
  }
  if (!canBeActive(world, name)) become(world, name, crm, "wait_for_quorum");
  else if (takeManagerLock(world, name)) become(world, name, crm, "master");
  else become(world, name, crm, "slave");
}

/** With quorum, something to watch, and no fence that waits for this very node. */
function canBeActive(world: World, name: string): boolean {
  const { model } = world;
  const isFenced = Object.values(model.manager?.service_status ?? {}).some(
    ({ state, node }) => state === "fence" && node === name,
  );
  return world.isQuorate(name) && !isFenced && Object.keys(model.config.resources).length > 0;
}

function takeManagerLock(world: World, name: string): boolean {
  const wasOurs = world.holds(MANAGER_LOCK, name);
  if (!world.takeLock(MANAGER_LOCK, name)) return false;
  if (!wasOurs) world.log(`${name}/crm`, `got lock '${MANAGER_LOCK}'`);
  touchWatchdog(world, name, "crm");
  return true;
}

function become(world: World, name: string, crm: Crm, state: Crm["state"]): void {
  if (crm.state === state) return;
  world.log(`${name}/crm`, `status change ${crm.state} => ${state}`);
  crm.state = state;
  // What a master remembers of nodes lives in its process; the next one begins to count anew.
  crm.lastOnline = {};
}

/** A slave tries every second; nothing happens before the lock can have run out, so those tries are left out. */
function untilNextTry({ model, now }: World): number {
  const since = model.locks[MANAGER_LOCK]?.since ?? now;
  const expires = since + LOCK_LIFETIME + 1 - now;
  return expires >= 1 && expires < WAITING_ROUND ? expires : WAITING_ROUND;
}
