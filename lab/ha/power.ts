import { newCrm } from "./crm";
import { leave, newLrm } from "./lrm";
import { type Lrm, type ShutdownPolicy } from "./model";
import { presentParts, quorateMembers } from "./quorum";
import { below } from "./random";
import { breakRunsTo } from "./replication";
import { halt, whyNotStarted } from "./resource-agent";
import { membershipSeconds, REPLICATION_TICK, WAITING_ROUND } from "./timing";
import { MANAGER_LOCK, type World } from "./world";

/** A node loses its power, or is reset: what ran on it is gone at once. */
export function cutPower(world: World, name: string, reason: string): void {
  const node = world.node(name);
  if (node.power === "off") return;
  world.log("hardware", `node '${name}' is off (${reason})`);
  for (const guest of Object.values(world.model.guests)) if (guest.node === name) halt(world, guest);
  Object.assign(node, { power: "off", boot: node.boot + 1, watchdog: {} });
  delete node.crm;
  delete node.lrm;
  delete node.shutdown;
  delete node.waits;
  Reflect.deleteProperty(world.model.replication.runs, name);
  breakRunsTo(world, name);
  node.hangs = false;
  agreeOnMembers(world);
}

/** A node gets power and boots. */
export function powerOn(world: World, name: string): void {
  const node = world.node(name);
  if (node.power !== "off") return;
  node.power = "booting";
  world.log("hardware", `node '${name}' boots`);
  world.later(node.bootSeconds, { kind: "boot", node: name, boot: node.boot });
}

/** A node has booted: daemons and guests start, at once or after the units that are to start before them. */
export function boot(world: World, name: string): void {
  const node = world.node(name);
  node.power = "on";
  node.since = world.now;
  agreeOnMembers(world);
  if (node.units === true) node.waits = true;
  else startDaemons(world, name);
}

/** Its daemons start, and the guests that nobody but it starts. */
export function startDaemons(world: World, name: string): void {
  const { model } = world;
  const node = world.node(name);
  delete node.waits;
  node.crm = newCrm();
  node.lrm = newLrm();
  world.log(`${name}/crm`, "status change startup => wait_for_quorum");
  world.log(`${name}/lrm`, "status change startup => wait_for_agent_lock");
  for (const [sid, guest] of Object.entries(model.guests)) {
    const { state = "ignored" } = model.config.resources[sid] ?? {};
    const isOurs = guest.node === name && guest.onboot && state === "ignored";
    if (isOurs && whyNotStarted(world, name, guest) === undefined) guest.running = true;
  }
  if (model.rounds === "regression") return;
  const { boot: started } = node;
  world.later(below(model.random, WAITING_ROUND), { kind: "crm", node: name, boot: started });
  world.later(below(model.random, WAITING_ROUND), { kind: "lrm", node: name, boot: started });
  const toMinute = REPLICATION_TICK - ((model.epoch + world.now) % REPLICATION_TICK);
  world.later(toMinute, { kind: "replicate", node: name, boot: started });
}

/** Corosync finds out who is there; it takes its time. */
export function agreeOnMembers(world: World): void {
  if (world.model.rounds === "regression") setMembers(world);
  else world.later(membershipSeconds(world.nodeNames.length), { kind: "members" });
}

/** The nodes have agreed on who is there. */
export function setMembers(world: World): void {
  const { model } = world;
  const parts = presentParts(model);
  if (JSON.stringify(parts) === JSON.stringify(model.members)) return;
  model.members = parts;
  const quorate = quorateMembers(model, parts);
  const shown = parts.map((part) => `[${part.join(" ")}]`).join(" ");
  world.log(
    "corosync",
    `members ${shown === "" ? "none" : shown}, ${quorate.length === 0 ? "no quorum" : `quorum in [${quorate.join(" ")}]`}`,
  );
}

/** A person shuts a node down, or restarts it; what its services do then is the policy's. Source: LRM.pm, shutdown_request. */
export function shutDown(world: World, name: string, kind: "reboot" | "poweroff"): void {
  const node = world.node(name);
  if (node.power !== "on" || node.shutdown !== undefined) return;
  node.shutdown = kind;
  const mode = shutdownMode(world.model.config.shutdownPolicy, kind);
  world.log(`${name}/lrm`, WORDS[mode] ?? "");
  for (const [sid, guest] of Object.entries(world.model.guests))
    if (guest.node === name && world.model.config.resources[sid] === undefined) halt(world, guest);
  if (node.lrm !== undefined) leave(world, name, node.lrm, mode);
}

function shutdownMode(policy: ShutdownPolicy, kind: "reboot" | "poweroff"): Lrm["mode"] {
  if (policy === "migrate") return "maintenance";
  if (policy === "conditional") return kind === "reboot" ? "restart" : "shutdown";
  return policy === "freeze" ? "restart" : "shutdown";
}

const WORDS: Partial<Record<Lrm["mode"], string>> = {
  restart: "got shutdown request with shutdown policy 'freeze' - stop and freeze all services",
  shutdown: "got shutdown request with shutdown policy 'failover' - stop all services",
  maintenance: "got shutdown request with shutdown policy 'migrate' - move all services away",
};

/** A node's LRM has gone: its CRM goes too, and then the node. */
export function completeShutdown(world: World, name: string): void {
  const node = world.node(name);
  const kind = node.shutdown;
  delete node.lrm;
  world.log(`${name}/lrm`, "exit (loop end)");
  if (world.holds(MANAGER_LOCK, name)) {
    world.log(`${name}/crm`, "voluntary release CRM lock");
    world.releaseLock(MANAGER_LOCK, name);
  }
  world.log(`${name}/crm`, "exit (loop end)");
  cutPower(world, name, kind ?? "poweroff");
  if (kind === "reboot") powerOn(world, name);
}
