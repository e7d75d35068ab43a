import { type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { parseGuestId } from "../../estate/units/guest-id";
import { type DrillResult } from "../../planning/drill-record";
import { type Talk } from "../site/talk";
import { usesVlans } from "./cards";
import { cleanGuest } from "./clean";
import { comeUp, type CameUp, type Needed } from "./coming-up";
import { rejectOpen } from "./network";
import { keptFromStarting, numberOf, readBack, type ReadBack, type Trial } from "./one-guest";
import { type DrillOrder } from "./order";
import { writeDrill } from "./records";

/** A drill while it runs: what it wrote down changes with each step. */
class Running {
  constructor(
    readonly order: DrillOrder,
    public written: DrillPlan,
    readonly talk: Talk,
  ) {}

  /** What one guest takes to be tried; what becomes known of it is written down at once. */
  trial(at: number): Trial {
    const note = (change: Partial<DrilledGuest>) => {
      const guests = this.written.guests.map((guest, index) => (index === at ? { ...guest, ...change } : guest));
      this.written = { ...this.written, guests };
      writeDrill(this.order.siteFolder, this.written);
    };
    return { ...this.order, plan: this.written, note, say: this.talk.say };
  }

  /** The result of a guest at which a step failed. */
  failure(at: number, one: DrilledGuest, error: unknown): DrillResult {
    const why = error instanceof Error ? error.message : String(error);
    const upid = this.written.guests[at]?.upid ?? null;
    return { ...aboutOf(one), upid, verdict: "failed", why, isolation: "", seconds: {} };
  }
}

function aboutOf(one: DrilledGuest) {
  const about = { vmid: parseGuestId(one.of).vmid, name: one.name, as: numberOf(one), bytes: one.bytes };
  return { ...about, archive: one.archive, takenAt: one.takenAt };
}

/** Each guest after the other without a network, and each taken away before the next: a drill needs the room of one. */
export async function triedAlone(order: DrillOrder, plan: DrillPlan, talk: Talk): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  const running = new Running(order, plan, talk);
  for (const [at, one] of plan.guests.entries()) {
    talk.say(`${one.name} as ${one.guest}, from ${one.archive}`);
    try {
      const read = await readBack(running.trial(at), one);
      results.push(resultOf(one, read, await started(running.trial(at), one, read)));
    } catch (error) {
      results.push(running.failure(at, one, error));
    }
    const now = running.written.guests[at];
    const clean = { ...order, plan: running.written, say: talk.say };
    const left = now === undefined ? undefined : await cleanGuest(clean, now);
    if (left !== undefined) talk.say(`LEFT: ${left}`);
  }
  return results;
}

/**
 * All guests on the drill's bridge: read back one after the other, started each after what it needs, and there together until the end.
 * The bridge is looked at once more before anything starts.
 * @param without Guests that are not in the drill, with the reason: what needs them is told.
 */
export async function triedTogether(
  order: DrillOrder,
  plan: DrillPlan,
  talk: Talk,
  without: readonly DrillResult[],
): Promise<DrillResult[]> {
  const running = new Running(order, plan, talk);
  const results = new Map<number, DrillResult>();
  const read = new Map<number, ReadBack>();
  for (const [at, one] of plan.guests.entries()) {
    talk.say(`${one.name} as ${one.guest}, from ${one.archive}`);
    try {
      read.set(at, await readBack(running.trial(at), one));
    } catch (error) {
      results.set(at, running.failure(at, one, error));
    }
  }
  const open = await openNow(order, plan);
  const lost = (name: string, verdict: Needed["verdict"]) => ({ name, port: undefined, addresses: [], verdict });
  const up = new Map<number, Needed>(without.map(({ vmid, name, verdict }) => [vmid, lost(name, verdict)]));
  for (const [at, one] of plan.guests.entries()) {
    const whole = read.get(at);
    const verdict = results.get(at)?.verdict ?? "failed";
    if (whole === undefined) up.set(homeOf(one), lost(one.name, verdict));
    else {
      talk.say(`${one.name} as ${one.guest} is started`);
      try {
        if (open !== undefined) throw open;
        const needed = one.needs.flatMap((need) => up.get(need) ?? []);
        const came = await started(running.trial(at), one, whole, needed);
        up.set(homeOf(one), { ...came, name: one.name, port: came.verdict === "answered" ? one.port : undefined });
        results.set(at, resultOf(one, whole, came));
      } catch (error) {
        results.set(at, running.failure(at, one, error));
        up.set(homeOf(one), lost(one.name, "failed"));
      }
    }
  }
  return plan.guests.flatMap((_, at) => results.get(at) ?? []);
}

/** What was found when the bridge was looked at again, after the time that restores take; undefined when it still leads nowhere. */
async function openNow(order: DrillOrder, plan: DrillPlan): Promise<Error | undefined> {
  try {
    await rejectOpen(order.pve, bridgeOf(plan), new Set(plan.guests.map(numberOf)));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The bridge of a drill, and what its guests take of it. */
export function bridgeOf({ bridge = "", guests }: Pick<DrillPlan, "bridge" | "guests">) {
  return { bridge, node: guests[0]?.node ?? "", vlans: guests.some(({ cards }) => usesVlans(cards)) };
}

function homeOf({ of }: DrilledGuest): number {
  return parseGuestId(of).vmid;
}

async function started(trial: Trial, one: DrilledGuest, read: ReadBack, needed?: readonly Needed[]): Promise<CameUp> {
  const why = await keptFromStarting(trial, one, read);
  if (why !== undefined) return { verdict: "not started", why, seconds: {}, addresses: [] };
  return comeUp(trial, one, needed);
}

function resultOf(one: DrilledGuest, { upid, isolation, seconds }: ReadBack, came: CameUp): DrillResult {
  const { verdict, why } = came;
  return { ...aboutOf(one), upid, isolation, verdict, why, seconds: { ...seconds, ...came.seconds } };
}
