import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type GuestId } from "../../estate/units/guest-id";

/** A guest that could not be brought back, or not be started, and that the others no longer wait for. */
export interface Aside {
  /** The guest. */
  readonly guest: GuestId;
  /** Its name, for people. */
  readonly name: string;
  /** What did not succeed. */
  readonly failed: "restore" | "start";
  /** What was said of it. */
  readonly why: string;
}

/** What of a plan is done. */
export interface Done {
  /** Guests that are restored. */
  readonly restored: ReadonlySet<string>;
  /** Guests that were started. */
  readonly started: ReadonlySet<string>;
}

/**
 * Guests whose turn had come in a run that went on over failures, and of which the engine said an error: all that is behind them waits
 * for nothing else. A run that ended for another reason names none.
 * @param said What the engine printed.
 */
export function failedIn({ guests }: RebuildPlan, { restored, started }: Done, said: string): Aside[] {
  const planned = new Set(guests.map(({ guest }) => guest));
  const starting = new Set(guests.flatMap(({ guest, starts }) => (starts ? [guest] : [])));
  const isOver = (ids: readonly GuestId[], all: ReadonlySet<GuestId>, done: ReadonlySet<string>) =>
    ids.every((id) => !all.has(id) || done.has(id));
  return guests.flatMap(({ guest, name, restoreAfter, startAfter, starts }): Aside[] => {
    if (!restored.has(guest)) {
      if (!isOver(restoreAfter, planned, restored)) return [];
      return reasonsOf("RestoredGuest", guest, said).map((why) => ({ guest, name, failed: "restore", why }));
    }
    if (!starts || started.has(guest) || !isOver(startAfter, starting, started)) return [];
    return reasonsOf("GuestStart", guest, said).map((why) => ({ guest, name, failed: "start", why }));
  });
}

/** The same plan without waiting for those; undefined when nothing is left of it. */
export function planWithout(plan: RebuildPlan, aside: readonly Aside[]): RebuildPlan | undefined {
  const notRestored = new Set(aside.flatMap(({ guest, failed }) => (failed === "restore" ? [guest] : [])));
  const notStarted = new Set(aside.map(({ guest }) => guest));
  const guests = plan.guests
    .filter(({ guest }) => !notRestored.has(guest))
    .map((one) => ({
      ...one,
      starts: one.starts && !notStarted.has(one.guest),
      restoreAfter: one.restoreAfter.filter((id) => !notRestored.has(id)),
      startAfter: one.startAfter.filter((id) => !notStarted.has(id)),
    }));
  return guests.length === 0 ? undefined : { ...plan, guests };
}

/** What is not back, for a person. */
export function asideLines(aside: readonly Aside[]): string[] {
  return aside.map(({ guest, name, failed, why }) => {
    const what = failed === "restore" ? "not restored" : "restored and not started";
    return `  ${guest} ${name}: ${what}: ${why}`;
  });
}

/** What the engine said last of it, if anything: `resilience:pve:RestoredGuest rebuilt-vm-140 creating (3s) error: …`. */
function reasonsOf(type: string, guest: GuestId, said: string): string[] {
  const resource = `${type} rebuilt-${guest.replace(":", "-")} `;
  const lines = said.split("\n").filter((line) => line.includes(resource) && line.includes("error: "));
  return lines.slice(-1).map((line) => {
    const reason = line.slice(line.indexOf("error: ") + "error: ".length).trim();
    return reason.replace(/^pve:\w+\/\S+? (?=was not )/, "");
  });
}
