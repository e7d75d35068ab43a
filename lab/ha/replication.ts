import { type Guest } from "./model";
import { type JobState, type ReplicationJob, type Run } from "./replication-model";
import { REPLICATION_TICK, retrySeconds } from "./timing";
import { type World } from "./world";
import { nextEvent, parseCalendarEvent } from "../pve/calendar-event";

/** Seconds of a run beside its bytes: snapshot, connection, removal of the old snapshot. */
const RUN_OVERHEAD = 3;
/** Seconds until a connection to a node that does not answer is given up. */
const CONNECT_TIMEOUT = 10;

/** State of a job that never ran. */
export function newJobState(): JobState {
  return { last_try: 0, last_sync: 0, last_iteration: 0, fail_count: 0 };
}

/** What the scheduler of a node does once a minute: nothing while a run is in progress. Source: pvescheduler. */
export function replicationTick(world: World, name: string): void {
  const { replication, epoch } = world.model;
  world.later(REPLICATION_TICK, { kind: "replicate", node: name, boot: world.node(name).boot });
  if (replication.runs[name] !== undefined || !world.isQuorate(name)) return;
  replication.iterations[name] = epoch + world.now;
  runNext(world, name);
}

/** Second at which a job is due; undefined when nothing makes it due. Source: ReplicationState.pm, job_status. */
export function nextSync(world: World, id: string, job: ReplicationJob): number | undefined {
  const { replication, epoch } = world.model;
  const state = replication.jobs[id] ?? newJobState();
  if (state.fail_count > 0) {
    return world.isOnline(job.target) ? state.last_try + retrySeconds(state.fail_count) - epoch : undefined;
  }
  const event = parseCalendarEvent(job.schedule);
  const moment = event === undefined ? undefined : nextEvent(event, state.last_try * 1000);
  return moment === undefined ? undefined : moment / 1000 - epoch;
}

/** Begins the next run that is due in this round of the scheduler; one at a time. Source: ReplicationState.pm, get_next_job. */
function runNext(world: World, name: string): void {
  const { config, guests, replication } = world.model;
  const round = replication.iterations[name] ?? 0;
  const candidates = Object.entries(config.jobs).flatMap(([id, job]) => {
    const state = replication.jobs[id] ?? newJobState();
    const isHere = guests[job.sid]?.node === name && job.target !== name && job.disable !== true;
    const due = isHere && state.last_iteration < round ? nextSync(world, id, job) : undefined;
    return due === undefined || due > world.now ? [] : [{ id, job, due, last: state.last_iteration }];
  });
  candidates.sort((a, b) => a.last - b.last || a.due - b.due || a.id.localeCompare(b.id, "en", { numeric: true }));
  const [next] = candidates;
  const guest = guests[next?.job.sid ?? ""];
  if (next !== undefined && guest !== undefined) beginRun(world, name, next.id, next.job, guest);
}

function beginRun(world: World, name: string, id: string, job: ReplicationJob, guest: Guest): void {
  const { replication, epoch, link } = world.model;
  const { target } = job;
  const old = guest.copies[target];
  const bytes = old === undefined ? guest.bytes : Math.min(guest.bytes, writtenSince(world, guest, old.asOf));
  const state = replication.jobs[id] ?? newJobState();
  replication.jobs[id] = {
    ...state,
    last_try: epoch + world.now,
    last_iteration: replication.iterations[name] ?? 0,
  };
  replication.runs[name] = { job: id, since: world.now, bytes, target };
  const kind = old === undefined ? "full" : "incremental";
  world.log(`${name}/pvesr`, `${id}: start ${kind} sync to node '${target}' (${bytes} bytes)`);
  const isThere = world.isReachable(name, target);
  // A receiver that hangs takes no signal: the run stays, and with it every other run of this node.
  if (isThere && world.node(target).hangs) return;
  const seconds = RUN_OVERHEAD + Math.ceil(bytes / Math.min(link, job.rate ?? Infinity));
  const { boot } = world.node(name);
  world.later(isThere ? seconds : CONNECT_TIMEOUT, { kind: "replicated", node: name, boot, job: id });
}

function writtenSince({ now }: World, guest: Guest, asOf: number): number {
  const until = guest.running ? now : (guest.copies[guest.node]?.asOf ?? now);
  return Math.max(0, Math.round(guest.writes * (until - asOf)));
}

/** Ends a run, and begins the next that is due. */
export function endRun(world: World, name: string): void {
  const { replication, config, guests } = world.model;
  const run = replication.runs[name];
  if (run === undefined) return;
  Reflect.deleteProperty(replication.runs, name);
  const guest = guests[config.jobs[run.job]?.sid ?? ""];
  const state = replication.jobs[run.job];
  if (guest !== undefined && state !== undefined) record(world, name, run, state, guest);
  runNext(world, name);
}

function record(world: World, name: string, run: Run, state: JobState, guest: Guest): void {
  state.duration = world.now - run.since;
  const error = whyFailed(world, name, run, guest);
  if (error !== undefined) {
    state.fail_count += 1;
    state.error = error;
    const minutes = retrySeconds(state.fail_count) / 60;
    world.log(
      `${name}/pvesr`,
      `${run.job}: ${error} (failure ${state.fail_count}, again in ${minutes} minutes)`,
      "err",
    );
    return;
  }
  if (guest.copies[run.target] === undefined) world.node(run.target).free -= run.bytes;
  guest.copies[run.target] = { asOf: run.since };
  const sid = world.model.config.jobs[run.job]?.sid ?? "";
  world.model.effects.push({ kind: "copied", sid, from: name, to: run.target });
  state.last_sync = state.last_try;
  state.fail_count = 0;
  delete state.error;
  world.log(`${name}/pvesr`, `${run.job}: end sync to node '${run.target}' after ${state.duration} s`);
}

function whyFailed(world: World, name: string, run: Run, guest: Guest): string | undefined {
  if (!world.isReachable(name, run.target)) return `no connection to node '${run.target}'`;
  if (guest.node !== name) return `guest is not on node '${name}' any more`;
  return world.node(run.target).free < run.bytes ? `cannot receive on node '${run.target}': out of space` : undefined;
}

/** A hung run ends with an error when its receiver is restarted. */
export function breakRunsTo(world: World, target: string): void {
  for (const [name, run] of Object.entries(world.model.replication.runs)) {
    const isHung = run.target === target && world.node(target).hangs;
    if (isHung && world.node(name).power === "on") endRun(world, name);
  }
}

/** Does the whole of a run in no time, if it would succeed. Otherwise the job is only marked as due. */
export function runAtOnce(world: World, id: string): boolean {
  const { config, guests, replication, epoch } = world.model;
  const job = config.jobs[id];
  const guest = guests[job?.sid ?? ""];
  if (job === undefined || guest === undefined) return false;
  const state = (replication.jobs[id] ??= newJobState());
  const run = {
    job: id,
    since: world.now,
    bytes: guest.copies[job.target] === undefined ? guest.bytes : 0,
    target: job.target,
  };
  const { source } = job;
  const isFree = replication.runs[source] === undefined && world.model.nodes[job.target]?.hangs === false;
  if (!isFree || whyFailed(world, source, run, guest) !== undefined) {
    state.last_try = 0;
    return false;
  }
  state.last_try = epoch + world.now;
  record(world, source, run, state, guest);
  return true;
}
