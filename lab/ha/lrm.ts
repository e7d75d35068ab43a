import { begin } from "./resource-agent";
import { type Lrm, type Sid } from "./model";
import { type ServiceStatus } from "./status";
import { ACTIVE_ROUND, IDLE_ROUNDS, WAITING_ROUND, WORKERS } from "./timing";
import { closeWatchdog, touchWatchdog } from "./watchdog";
import { agentLock, type World } from "./world";

/** An LRM as it starts. */
export function newLrm(): Lrm {
  return { state: "wait_for_agent_lock", mode: "active", work: {}, results: {}, tries: {}, idle: 0, leaving: false };
}

/** One round of a node's LRM. Returns the seconds until its next; undefined when it is done and gone. Source: LRM.pm. */
export function lrmRound(world: World, name: string): number | undefined {
  const { lrm } = world.node(name);
  if (lrm === undefined) return undefined;
  if (!lrm.leaving && world.isQuorate(name))
    lrm.mode = world.model.manager?.node_request[name]?.maintenance === true ? "maintenance" : "active";
  changeState(world, name, lrm);
  if (lrm.state === "wait_for_agent_lock") {
    if (lrm.leaving) return undefined;
    report(world, name, lrm);
    return WAITING_ROUND;
  }
  if (lrm.state === "lost_agent_lock") return WAITING_ROUND;
  if (!lrm.leaving || lrm.mode === "maintenance") takeOrders(world, name, lrm);
  runWork(world, name, lrm);
  report(world, name, lrm);
  if (!isDone(world, name, lrm)) return ACTIVE_ROUND;
  closeWatchdog(world, name, "lrm");
  world.releaseLock(agentLock(name), name);
  return undefined;
}

/** Tells the node to let its guests go. Source: LRM.pm, shutdown_request. */
export function leave(world: World, name: string, lrm: Lrm, mode: Lrm["mode"]): void {
  lrm.leaving = true;
  lrm.mode = mode;
  if (mode !== "maintenance") {
    for (const sid of Object.keys(servicesOf(world, name)).sort())
      lrm.work[sid] ??= { command: "request_stop", begun: false };
  }
  report(world, name, lrm);
}

/** Writes down what the CRM is to know. */
export function report(world: World, name: string, lrm: Lrm): void {
  if (!world.isQuorate(name)) return;
  const { state, mode, results } = lrm;
  world.model.lrm[name] = { state, mode, results: structuredClone(results), timestamp: world.now };
}

/** Begins what waits, as many at once as it may. */
export function runWork(world: World, name: string, lrm: Lrm): void {
  for (const sid of Object.keys(lrm.work).sort()) {
    const busy = Object.values(lrm.work).filter(({ begun }) => begun).length;
    const work = lrm.work[sid];
    if (work !== undefined && !work.begun && busy < WORKERS) begin(world, name, lrm, sid, work);
  }
}

function servicesOf({ model }: World, name: string): Record<Sid, ServiceStatus> {
  const all = Object.entries(model.manager?.service_status ?? {});
  return Object.fromEntries(all.filter(([, { node }]) => node === name));
}

function activeServices(world: World, name: string): number {
  const resting = ["stopped", "freeze", "error"];
  return Object.values(servicesOf(world, name)).filter(({ state }) => !resting.includes(state)).length;
}

function changeState(world: World, name: string, lrm: Lrm): void {
  const isFenced =
    world.isQuorate(name) && Object.values(servicesOf(world, name)).some(({ state }) => state === "fence");
  if (lrm.state === "wait_for_agent_lock") {
    if (!isFenced && activeServices(world, name) > 0 && takeAgentLock(world, name)) activate(world, name, lrm);
    return;
  }
  if (isFenced && lrm.state !== "lost_agent_lock") {
    world.log(`${name}/lrm`, "node need to be fenced - releasing agent_lock", "err");
    become(world, name, lrm, "lost_agent_lock");
    return;
  }
  if (isFenced) return;
  if (!takeAgentLock(world, name)) become(world, name, lrm, "lost_agent_lock");
  else if (isIdle(world, name, lrm)) rest(world, name, lrm);
  else activate(world, name, lrm);
}

function activate(world: World, name: string, lrm: Lrm): void {
  become(world, name, lrm, lrm.mode === "maintenance" ? "maintenance" : "active");
}

/** Ten minutes without a service: no watchdog may bite for nothing. */
function isIdle(world: World, name: string, lrm: Lrm): boolean {
  const isEmpty = activeServices(world, name) === 0 && Object.keys(lrm.work).length === 0;
  lrm.idle = isEmpty && !lrm.leaving ? lrm.idle + 1 : 0;
  return lrm.idle > IDLE_ROUNDS;
}

function rest(world: World, name: string, lrm: Lrm): void {
  world.log(`${name}/lrm`, `node had no service configured for ${IDLE_ROUNDS} rounds, going idle.`);
  become(world, name, lrm, "wait_for_agent_lock");
  lrm.idle = 0;
  closeWatchdog(world, name, "lrm");
  world.releaseLock(agentLock(name), name);
}

function become(world: World, name: string, lrm: Lrm, state: Lrm["state"]): void {
  if (lrm.state === state) return;
  world.log(`${name}/lrm`, `status change ${lrm.state} => ${state}`);
  lrm.state = state;
}

function takeAgentLock(world: World, name: string): boolean {
  const lock = agentLock(name);
  const wasOurs = world.holds(lock, name);
  if (!world.takeLock(lock, name)) return false;
  if (!wasOurs) world.log(`${name}/lrm`, `got lock '${lock}'`);
  touchWatchdog(world, name, "lrm");
  return true;
}

/** Queues what the CRM wants of this node's services; what was answered already is not done twice. */
function takeOrders(world: World, name: string, lrm: Lrm): void {
  const services = servicesOf(world, name);
  for (const sid of Object.keys(services).sort()) {
    const service = services[sid];
    if (service === undefined || NOT_ORDERED.includes(service.state)) continue;
    const { state, uid, target } = service;
    if (lrm.results[uid] !== undefined || lrm.work[sid]?.begun === true) continue;
    lrm.work[sid] = { command: state, uid, begun: false, ...(target !== undefined && { target }) };
  }
  const valid = new Set(Object.values(world.model.manager?.service_status ?? {}).map(({ uid }) => uid));
  lrm.results = Object.fromEntries(Object.entries(lrm.results).filter(([uid]) => valid.has(uid)));
}

const NOT_ORDERED: readonly string[] = ["freeze", "fence", "recovery", "request_start", "error"];

/** Whether an LRM that was told to go may: its services rest, stopped or elsewhere, and nothing of it runs. */
function isDone(world: World, name: string, lrm: Lrm): boolean {
  if (!lrm.leaving || Object.keys(lrm.work).length > 0) return false;
  return lrm.mode === "shutdown" || activeServices(world, name) === 0;
}
