import { type RebuildPlan } from "../../estate/rebuild-plan";
import { defined } from "../../estate/units/defined";
import { parseGuestId } from "../../estate/units/guest-id";
import { type GuestTask } from "../../provider/clients/restore-client";

/** How long a rebuild took, by the nodes' own tasks, in seconds after its first restore began. */
export interface Measured {
  /**
   * Of each guest: when its restore had ended, when it had been started, and when it ran, its agent answering where it has one; absent
   * where nothing tells.
   */
  readonly guests: Readonly<
    Record<string, { readonly restored?: number; readonly started?: number; readonly runs?: number }>
  >;
  /** When the last of that had ended; undefined when no task tells. */
  readonly total: number | undefined;
}

/**
 * What the tasks of a rebuild tell: a run that was killed and went on is counted as one.
 * @param runsAt When guests ran, by the nodes' clocks, as the starts themselves noted it.
 */
export function measuredBy(
  { guests, login }: RebuildPlan,
  tasks: readonly GuestTask[],
  runsAt: ReadonlyMap<string, Date> = new Map(),
): Measured {
  const own = tasks.filter((task) => task.authId === login && task.endtime !== undefined);
  const restores = own.filter(({ type }) => type === "qmrestore" || type === "vzrestore");
  const begin = Math.min(...restores.map(({ starttime }) => starttime));
  const lastOf = (vmid: number, types: readonly string[]) => {
    const end = own.filter(({ id, type }) => id === String(vmid) && types.includes(type)).at(-1)?.endtime;
    return end === undefined ? undefined : end - begin;
  };
  const rows = guests.map(({ guest }) => {
    const { vmid } = parseGuestId(guest);
    const restored = lastOf(vmid, ["qmrestore", "vzrestore"]);
    const started = lastOf(vmid, ["qmstart", "vzstart"]);
    const at = runsAt.get(guest);
    const runs = at === undefined || !Number.isFinite(begin) ? started : at.getTime() / 1000 - begin;
    return [guest, defined({ restored, started, runs })] as const;
  });
  const ends = rows.flatMap(([, { restored, runs }]) => [restored, runs].filter((end) => end !== undefined));
  return { guests: Object.fromEntries(rows), total: ends.length === 0 ? undefined : Math.max(...ends) };
}
