import { moveGuest } from "./guest-moves";
import { type Guest, type Lrm, type Sid, type Work } from "./model";
import { type World } from "./world";

/** Begins a command of an LRM; it ends later, or at once when it needs no time. Source: LRM.pm, exec_resource_agent. */
export function begin(world: World, name: string, lrm: Lrm, sid: Sid, work: Work): void {
  work.begun = true;
  const guest = world.model.guests[sid];
  const seconds = guest === undefined ? 0 : announce(world, name, sid, guest, work);
  const { boot } = world.node(name);
  if (seconds > 0) world.later(seconds, { kind: "work", node: name, boot, sid, uid: work.uid ?? "" });
  else finish(world, name, lrm, sid);
}

/** Ends a command, and answers the CRM when it had asked. */
export function finish(world: World, name: string, lrm: Lrm, sid: Sid): void {
  const work = lrm.work[sid];
  if (work === undefined) return;
  Reflect.deleteProperty(lrm.work, sid);
  const ok = carryOut(world, name, sid, work);
  if (work.command === "started" && !ok && triesAgain(world, name, lrm, sid)) return;
  if (ok) lrm.tries[sid] = 0;
  if (work.uid !== undefined) lrm.results[work.uid] = { sid, ok };
}

/** Says what begins, and how many seconds it takes. */
function announce(world: World, name: string, sid: Sid, guest: Guest, { command, target }: Work): number {
  const say = (text: string): void => {
    world.log(`${name}/lrm`, text);
  };
  if (command === "started") {
    if (guest.running) return 0;
    say(`starting service ${sid}`);
    return guest.startSeconds;
  }
  if (command === "migrate" || command === "relocate") {
    if (guest.node !== name) return 0;
    say(`service ${sid} - start ${command} to node '${target ?? ""}'`);
    return whyNotMoved(world, name, sid, guest, target ?? "") === undefined
      ? moveSeconds(world, guest, command, target ?? "")
      : 0;
  }
  if (!guest.running || guest.node !== name) return 0;
  say(`stopping service ${sid}`);
  return guest.startSeconds;
}

function carryOut(world: World, name: string, sid: Sid, { command, target }: Work): boolean {
  const guest = world.model.guests[sid];
  if (guest?.node !== name) return false;
  if (command === "started") return start(world, name, sid, guest);
  if (command === "migrate" || command === "relocate") return move(world, name, sid, guest, command, target ?? "");
  if (guest.running) world.log(`${name}/lrm`, `service status ${sid} stopped`);
  halt(world, guest);
  return true;
}

/** Lets a guest stand still: its disks are as of now. */
export function halt({ now }: World, guest: Guest): void {
  const copy = guest.copies[guest.node];
  if (guest.running && copy !== undefined) copy.asOf = now;
  guest.running = false;
}

/** Starts a guest if its disks are here and it fits. */
function start(world: World, name: string, sid: Sid, guest: Guest): boolean {
  if (guest.running) return true;
  const why = whyNotStarted(world, name, guest);
  if (why !== undefined) {
    world.log(`${name}/lrm`, `unable to start service ${sid}: ${why}`, "warning");
    return false;
  }
  guest.running = true;
  world.log(`${name}/lrm`, `service status ${sid} started`);
  return true;
}

/** Why a guest cannot start on a node; undefined when it can. */
export function whyNotStarted(world: World, name: string, guest: Guest): string | undefined {
  if (!guest.shared && guest.copies[name] === undefined) return "its disks do not exist here";
  if (guest.failsOn.includes(name)) return "start failed";
  const used = Object.values(world.model.guests).filter(
    (other) => other !== guest && other.running && other.node === name,
  );
  const memory = used.reduce((sum, other) => sum + other.memory, 0);
  return memory + guest.memory > world.node(name).memory ? "cannot allocate memory" : undefined;
}

function move(world: World, name: string, sid: Sid, guest: Guest, command: string, target: string): boolean {
  const why = whyNotMoved(world, name, sid, guest, target);
  if (why !== undefined) {
    world.log(`${name}/lrm`, `service ${sid} not moved (migration error): ${why}`, "err");
    return false;
  }
  moveGuest(world, sid, target);
  // A container, and whatever is relocated, stops before it goes; the target's LRM starts it.
  if (command === "relocate") guest.running = false;
  world.log(`${name}/lrm`, `service ${sid} - end ${command} to node '${target}'`);
  return true;
}

/** Why a guest cannot go to a node; undefined when it can. A replicated guest goes only to where a replica is (qemu-server). */
export function whyNotMoved(world: World, name: string, sid: Sid, guest: Guest, target: string): string | undefined {
  if (!world.isReachable(name, target)) return `node '${target}' is not reachable`;
  const isReplicated = Object.values(world.model.config.jobs).some((job) => job.sid === sid);
  if (!guest.shared && isReplicated && guest.copies[target] === undefined) return `node '${target}' has no replica`;
  return whyNotStarted(world, target, { ...guest, copies: { ...guest.copies, [target]: { asOf: world.now } } });
}

/** Memory of what runs and what the copy lacks of the disks, over the link. */
function moveSeconds({ model, now }: World, guest: Guest, command: string, target: string): number {
  if (guest.startSeconds === 0) return 0;
  const copy = guest.copies[target];
  const lacking = copy === undefined ? guest.bytes : Math.min(guest.bytes, guest.writes * (now - copy.asOf));
  const memory = command === "migrate" && guest.running ? guest.memory * 1024 ** 2 : 0;
  return MOVE_OVERHEAD + Math.ceil((memory + (guest.shared ? 0 : lacking)) / model.link);
}

/** Seconds of a move beside its bytes. */
const MOVE_OVERHEAD = 4;

function triesAgain(world: World, name: string, lrm: Lrm, sid: Sid): boolean {
  const tries = lrm.tries[sid] ?? 0;
  const most = world.model.config.resources[sid]?.max_restart ?? 0;
  const isLast = tries >= most;
  lrm.tries[sid] = isLast ? 0 : tries + 1;
  const last = `unable to start service ${sid} on local node after ${tries} retries`;
  const next = `restart policy: retry number ${tries + 1} for service '${sid}'`;
  world.log(`${name}/lrm`, isLast ? last : next, isLast ? "err" : "warning");
  return !isLast;
}
