import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { isAway } from "../../provider/clients/api-error";
import { HaClient } from "../../provider/clients/ha-client";
import { get, type Ask } from "../observe/site";
import { type Talk } from "../site/talk";
import { type NodeShell } from "../ssh/node-shell";
import { nodeStates } from "./look";
import { maintenancePlan, planLines, stoppedForMove, type SeenCluster, type SeenGuest, type Verdict } from "./plan";

/** What a node's maintenance is done with. */
export interface Tools {
  /** PVE, through a node that stays. */
  readonly ask: Ask;
  /** Looks at the whole cluster. */
  readonly look: () => Promise<SeenCluster>;
  /** Shell of a node that stays. */
  readonly beside: Pick<NodeShell, "run">;
  /** Aborted when the person who runs it wants to end it early. @default - it cannot be */
  readonly signal?: AbortSignal;
  /** Opens a shell on the node itself. */
  readonly inside: () => Promise<Pick<NodeShell, "run" | "close">>;
}

/** How long each part may take, in seconds, and the pause between two looks in milliseconds. */
export interface Limits {
  /** Until the node is empty. */
  readonly drain: number;
  /** From the restart until the cluster has it again. */
  readonly back: number;
  /** From then until every guest runs as before. */
  readonly settle: number;
  /** Pause between two looks, in milliseconds. */
  readonly pause: number;
}

/**
 * How a maintenance ended: not begun because something stands against it; shown and no more; declined; the node is back with all that
 * ran; it did not get empty and was given back; it did not come back in time; it is back and some guest is not as it was.
 */
export type End = "refused" | "planned" | "declined" | "done" | "not drained" | "not back" | "not settled";

/**
 * Empties a node, restarts it, and gives it back with what ran on it. First all of it is shown, and a person is asked. From the moment at
 * which the node is told to empty itself, every way out but one gives it back to HA: a node that does not return stays in maintenance, so
 * that nothing moves onto it unseen.
 */
export async function maintain(name: string, tools: Tools, limits: Limits, talk: Talk, dry = false): Promise<End> {
  const plan = maintenancePlan(name, await tools.look());
  for (const line of planLines(name, plan)) talk.say(line);
  if (plan.problems.length > 0) return "refused";
  if (dry) return "planned";
  if (!(await talk.confirm(`Empty ${name} and restart it?`))) return "declined";
  return new Maintenance(name, tools, limits, talk, plan.verdicts).run();
}

const STATUS = z.looseObject({ uptime: z.number() });

class Maintenance {
  /** Whether HA has anything to watch: else it knows no nodes, and there is nothing to tell it. */
  #watched = false;
  /** Whether HA was told to empty the node. */
  #told = false;
  /** Whether machines were stopped and not yet started again. */
  #off = false;
  /** Whether the node was restarted. */
  #restarted = false;
  /** Whether it is being given back, which nothing cuts short. */
  #ending = false;
  /** Machines that are stopped before they move, each way. */
  readonly #stops: readonly string[];

  constructor(
    private readonly name: string,
    private readonly tools: Tools,
    private readonly limits: Limits,
    private readonly talk: Talk,
    private readonly verdicts: readonly Verdict[],
  ) {
    this.#stops = stoppedForMove(verdicts);
  }

  async run(): Promise<End> {
    // Before anything changes: a node whose shell does not open could be emptied and not restarted.
    const shell = await this.tools.inside();
    try {
      this.#watched = (await nodeStates(this.tools.ask))[this.name] !== undefined;
      if (!(await this.#drained())) return "not drained";
      const before = await this.#bootedAt();
      if (before === undefined)
        throw new Error(`${this.name} does not say when it was started.\nCure: look whether it runs.`);
      await this.#restart(shell);
      if (!(await this.#isBack(before))) return "not back";
    } catch (error) {
      return await this.#cutShort(error);
    } finally {
      shell.close();
    }
    await this.#giveBack();
    return (await this.#settled()) ? "done" : "not settled";
  }

  /** Puts things right after an error, or when a person wanted to end it: a node that restarts is left to itself, any other given back. */
  async #cutShort(error: unknown): Promise<End> {
    const isWish = error instanceof Interrupted;
    if (isWish && this.#restarted) {
      this.talk.say(`${this.name} restarts, and stays in maintenance. When it is back, on any node: ${this.#undo()}.`);
      return "not back";
    }
    if (isWish) this.talk.say(`${this.name} is given back.`);
    try {
      if (this.#told) await this.#giveBack();
      else if (this.#off) await this.#setStops("started");
    } catch (failure) {
      this.talk.say(failure instanceof Error ? failure.message : String(failure));
    }
    if (!isWish) throw error;
    this.talk.say(`${this.name} was not restarted.`);
    return "not drained";
  }

  async #drained(): Promise<boolean> {
    if (!this.#watched) return true;
    this.talk.say(`${this.name} is told to empty itself. Should this end early, on any node: ${this.#undo()}.`);
    await this.#stop(this.limits.drain);
    this.#told = true;
    await this.#tell("enable");
    const empty = await this.#until(this.limits.drain, async () => {
      const { [this.name]: state } = await nodeStates(this.tools.ask);
      return state === "maintenance" ? [] : [`HA says ${state ?? "nothing"} of ${this.name}`];
    });
    // Before HA has noted it, they would start here again.
    if (empty.length === 0) await this.#setStops("started");
    const left = empty.length > 0 ? empty : await this.#until(this.limits.drain, () => this.#busyHere());
    if (left.length === 0) {
      this.talk.say(`${this.name} is empty.`);
      return true;
    }
    this.talk.say(`${this.name} did not get empty in ${Math.round(this.limits.drain / 60)} minutes:`);
    for (const line of await this.#reasons(left)) this.talk.say(`  ${line}`);
    await this.#giveBack();
    this.talk.say(`${this.name} was not restarted and is in use again; what has moved goes back by itself.`);
    return false;
  }

  /** Guests under HA that are still here and not off for good, each with its state. */
  async #busyHere(): Promise<string[]> {
    const rows = await new HaClient({ ask: this.tools.ask }).status();
    const here = rows.filter(
      ({ type, node, sid = "", state = "" }) =>
        type === "service" && node === this.name && (!AT_REST.has(state) || this.#stops.includes(sid)),
    );
    return here.map(({ sid = "", state = "" }) => `${sid} ${state}`);
  }

  /** Why guests are still here: what a new look says, else the end of PVE's last try to move them, else HA's word. */
  async #reasons(left: readonly string[]): Promise<string[]> {
    const { problems } = maintenancePlan(this.name, await this.tools.look());
    return Promise.all(
      left.map(async (line) => {
        const [id = ""] = line.split(" ");
        const known = problems.find((problem) => problem.startsWith(`${id} `)) ?? (await this.#lastMove(id));
        return known ?? `${line}: HA gives no reason; look at the tasks of ${this.name} in PVE`;
      }),
    );
  }

  async #lastMove(id: string): Promise<string | undefined> {
    const vmid = id.split(":")[1];
    if (vmid === undefined) return undefined;
    const path = `/nodes/${encodeURIComponent(this.name)}/tasks`;
    const tasks = await get(this.tools.ask, TASKS, path, { vmid: Number(vmid), limit: 10 }).catch(() => []);
    const failed = tasks.find(
      ({ type, status }) => type.endsWith("migrate") && status !== undefined && status !== "OK",
    );
    return failed?.status === undefined ? undefined : `${id}: its move ended with "${failed.status}"`;
  }

  async #restart(shell: Pick<NodeShell, "run">): Promise<void> {
    this.talk.say(`${this.name} restarts.`);
    this.#restarted = true;
    // The node may hang up before it answers.
    const ran = await shell.run("systemctl reboot").catch(() => undefined);
    if (ran !== undefined && ran.code !== 0 && ran.code !== 255)
      throw new Error(
        `${this.name} does not restart: ${ran.stderr.trim()}.\nCure: restart it by hand; it was given back to HA.`,
      );
  }

  /** Between which two moments the node was started, by its own clock; undefined while it does not answer. */
  async #bootedAt(): Promise<Span | undefined> {
    const ha = new HaClient({ ask: this.tools.ask });
    try {
      const asked = await ha.clock(this.name);
      const { uptime } = await get(this.tools.ask, STATUS, `/nodes/${encodeURIComponent(this.name)}/status`);
      return { earliest: asked - uptime, latest: (await ha.clock(this.name)) - uptime };
    } catch (error) {
      unlessAway(error);
      return undefined;
    }
  }

  async #isBack(before: Span): Promise<boolean> {
    const missing = await this.#until(this.limits.back, async () => {
      const now = await this.#bootedAt();
      return now !== undefined && now.earliest > before.latest + CLOCKS_DIFFER ? [] : ["no"];
    });
    if (missing.length === 0) {
      this.talk.say(`${this.name} is back.`);
      return true;
    }
    this.talk.say(
      `${this.name} has not come back in ${Math.round(this.limits.back / 60)} minutes. Its guests run elsewhere, and it stays in ` +
        `maintenance: look at its console, and when it is back, ${undo(this.name)}.`,
    );
    return false;
  }

  /** Lets HA use the node again. Machines that may not move while they run are stopped before, and started after. */
  async #giveBack(): Promise<void> {
    if (!this.#told) return;
    this.#ending = true;
    await this.#stop(this.limits.settle);
    const still = await this.#online().finally(() => this.#setStops("started"));
    this.#ending = false;
    if (still.length > 0) this.talk.say(`HA still says ${still.join()} of ${this.name}; ${undo(this.name)}.`);
  }

  /** Tells HA that the node may be used, and waits until HA says so; gives back what it says else. */
  async #online(): Promise<string[]> {
    await this.#tell("disable");
    return this.#until(this.limits.settle, async () => {
      const { [this.name]: state } = await nodeStates(this.tools.ask);
      return state === "online" ? [] : [state ?? "unknown"];
    });
  }

  /** Has HA stop what may not move while it runs, and waits for it. */
  async #stop(seconds: number): Promise<void> {
    if (this.#stops.length === 0) return;
    await this.#setStops("stopped");
    const left = await this.#until(seconds, async () => {
      const rows = await new HaClient({ ask: this.tools.ask }).status();
      const on = rows.filter(({ sid = "", state }) => this.#stops.includes(sid) && state !== "stopped");
      return on.map(({ sid = "", state = "" }) => `${sid} ${state}`);
    });
    if (left.length === 0) return;
    await this.#setStops("started");
    throw new Error(
      `${left.join(", ")}: not stopped in ${Math.round(seconds / 60)} minutes, and it must not move while it runs.\n` +
        `Cure: shut it down in PVE, then ${undo(this.name)}.`,
    );
  }

  async #setStops(state: "started" | "stopped"): Promise<void> {
    this.#off ||= state === "stopped";
    for (const id of this.#stops) await this.#besides(`ha-manager set ${id} --state ${state}`);
    this.#off = state === "stopped";
  }

  #undo(): string {
    const starts = this.#stops.map((id) => `ha-manager set ${id} --state started`);
    return `\`${[`ha-manager crm-command node-maintenance disable ${this.name}`, ...starts].join("; ")}\``;
  }

  /** Waits until everything that ran runs again, and what was here is here. */
  async #settled(): Promise<boolean> {
    await this.#startOthers();
    let last: string[] = [];
    if (this.tools.signal?.aborted === true) return false;
    const down = await this.#until(this.limits.settle, async () => {
      const { guests } = await this.tools.look();
      const now = (own: SeenGuest) => guests.find(({ id }) => id === own.id);
      const ran = this.verdicts.map(({ guest }) => guest).filter(({ running }) => running);
      last = ran.map((guest) => `${guest.id} ${guest.name}: ${placeText(now(guest), this.name)}`);
      return ran.filter((guest) => now(guest)?.running !== true || now(guest)?.node !== this.name).map(({ id }) => id);
    });
    for (const line of last) this.talk.say(line);
    if (down.length === 0) this.talk.say(`${this.name} is in use again, with everything that ran on it.`);
    return down.length === 0;
  }

  /** Guests that nobody but a person starts ran before, so they run again. */
  async #startOthers(): Promise<void> {
    const others = this.verdicts.filter(({ verdict, guest }) => verdict === "must stop" && !guest.onBoot);
    if (others.length === 0) return;
    const shell = await this.tools.inside();
    try {
      for (const { guest } of others) {
        const [kind, vmid = ""] = guest.id.split(":");
        const { code, stderr } = await shell.run(`${kind === "ct" ? "pct" : "qm"} start ${vmid}`);
        if (code !== 0) this.talk.say(`${guest.id} ${guest.name} does not start: ${stderr.trim()}`);
      }
    } finally {
      shell.close();
    }
  }

  #tell(verb: "enable" | "disable"): Promise<void> {
    return this.#besides(`ha-manager crm-command node-maintenance ${verb} ${this.name}`);
  }

  async #besides(command: string): Promise<void> {
    const { code, stderr } = await this.tools.beside.run(command);
    if (code === 0) return;
    throw new Error(`\`${command}\` failed: ${stderr.trim()}.\nCure: look whether the cluster has a majority.`);
  }

  /** Looks again and again until nothing is left, or the time is up; gives back what is left. A node that is away is no answer. */
  async #until(seconds: number, look: () => Promise<string[]>): Promise<string[]> {
    const deadline = Date.now() + seconds * 1_000;
    for (;;) {
      if (this.tools.signal?.aborted === true && !this.#ending) throw new Interrupted();
      const left = await look().catch(unlessAway);
      if (left?.length === 0) return [];
      if (Date.now() > deadline) return left ?? ["PVE did not answer"];
      await sleep(this.limits.pause);
    }
  }
}

/** The person who runs it wants to end it early. */
class Interrupted extends Error {}

const TASKS = z.array(z.looseObject({ type: z.string(), status: z.string().optional() }));

/** States in HA's words in which a guest is off, and stays on its node. */
const AT_REST: ReadonlySet<string> = new Set(["stopped", "disabled", "ignored"]);

/** Between which two moments something was, in seconds; an answer that took long says only that much. */
interface Span {
  readonly earliest: number;
  readonly latest: number;
}

/** Seconds by which a clock that is set right may make two looks at one start differ. */
const CLOCKS_DIFFER = 10;

function undo(name: string): string {
  return `\`ha-manager crm-command node-maintenance disable ${name}\``;
}

function placeText(guest: SeenGuest | undefined, home: string): string {
  if (guest === undefined) return "it is not seen any more; look in PVE";
  if (!guest.running) return `it does not run, on ${guest.node}; start it in PVE and see why`;
  return guest.node === home ? `it runs on ${home}` : `it runs on ${guest.node}, and has not gone back yet`;
}

/** What says that somebody is away for the moment; anything else is shown. */
function unlessAway(error: unknown): undefined {
  if (isAway(error)) return undefined;
  throw error;
}
