import { type Guest } from "../../estate/guest";
import { type RebuildPlan, type RebuiltGuestPlan } from "../../estate/rebuild-plan";
import { defined } from "../../estate/units/defined";
import { guestId } from "../../estate/units/guest-id";
import { type Model } from "../../planning/model";
import { rebuildOrder, rebuildTimes } from "../../planning/rebuild-order";
import { type StartingLines } from "../../provider/clients/restore-client";
import { type BackupSnapshot } from "../restore/snapshot";
import { type RebuildSurvey } from "./survey";

/** What a person decides about a rebuild. */
export interface RebuildChoices {
  /** The newest backups not later than this. @default - the newest */
  readonly before?: Date | undefined;
  /** Node for guests whose own is not there. @default - they are not restored */
  readonly node?: string | undefined;
  /** Storage for all disks. @default - each where it was */
  readonly storage?: string | undefined;
  /** Whether guests are restored whose disks are still there, beside those. @default false */
  readonly besideDisks?: boolean | undefined;
  /** Whether the backups are read over the internet. @default false */
  readonly overInternet?: boolean | undefined;
}

/** A guest that is not restored, and why. */
export interface LeftOut {
  /** `identity (140)`. */
  readonly guest: string;
  /** Why, and what would help; "lives" for one that needs nothing. */
  readonly why: string;
  /** Whether it is there already. */
  readonly lives: boolean;
}

/** A guest that comes back, and the snapshot that was chosen for it. */
export interface Chosen {
  /** The guest, as the inventory has it. */
  readonly guest: Guest;
  /** The snapshot. */
  readonly snapshot: BackupSnapshot;
  /** Node on which it comes back. */
  readonly node: string;
}

/** Chooses a snapshot for each guest of the inventory that is gone, and says of every other why it is left out. */
export function chosenFor(
  guests: readonly Guest[],
  survey: RebuildSurvey,
  choices: RebuildChoices,
): { readonly chosen: Chosen[]; readonly left: LeftOut[] } {
  const chosen: Chosen[] = [];
  const left: LeftOut[] = [];
  for (const guest of guests) {
    const name = `${guest.name} (${guest.vmid})`;
    const there = survey.living.get(guest.vmid);
    if (there !== undefined) {
      left.push({ guest: name, why: `lives on ${there}`, lives: true });
      continue;
    }
    const found = choiceFor(guest, survey, choices);
    if (typeof found === "string") left.push({ guest: name, why: found, lives: false });
    else chosen.push(found);
  }
  return { chosen, left };
}

/** What comes back of a guest, or why nothing does. */
function choiceFor(guest: Guest, { nodes, disks, snapshots }: RebuildSurvey, choices: RebuildChoices): Chosen | string {
  const { before, besideDisks = false } = choices;
  const own = disks.get(guest.vmid) ?? [];
  if (own.length > 0 && !besideDisks)
    return (
      `its disks are still there, newer than any backup: ${own.join(", ")}. Give it back its configuration ` +
      "(make reattach), or say --beside-disks to restore it beside them"
    );
  const node = nodes.includes(guest.node) ? guest.node : choices.node;
  if (node === undefined) return `its node ${guest.node} is not there; say another with --node`;
  const snapshot = snapshots
    .filter(({ vmid, kind }) => vmid === guest.vmid && kind === guest.kind)
    .find(({ time }) => before === undefined || time <= before);
  if (snapshot !== undefined) return { guest, snapshot, node };
  return before === undefined ? "there is no backup of it" : `there is no backup of it up to ${before.toISOString()}`;
}

/** The plan of a rebuild: snapshots, order, and what is started. @param starting By the snapshots' volumes. */
export function planFor(
  chosen: readonly Chosen[],
  model: Model,
  starting: ReadonlyMap<string, StartingLines>,
  about: Pick<RebuildPlan, "freeSince" | "login" | "source">,
  { storage, overInternet = false }: RebuildChoices,
): RebuildPlan {
  const idOf = new Map(chosen.map(({ guest }) => [guest.vmid, guestId(guest.kind, guest.vmid)]));
  const ids = (vmids: readonly number[]) => vmids.flatMap((vmid) => idOf.get(vmid) ?? []);
  const steps = rebuildOrder(model, [...idOf.keys()], { overInternet });
  const comingUp = new Map(
    chosen.map((one) => [one.guest.vmid, { starts: startsOf(one, starting), agent: agentOf(one, starting) }]),
  );
  const times = rebuildTimes(model, steps, comingUp);
  const guests = steps.flatMap(({ vmid, restoreAfter, startAfter }): RebuiltGuestPlan[] => {
    const predicted = times.get(vmid);
    const one = chosen.find(({ guest }) => guest.vmid === vmid);
    if (one === undefined || predicted === undefined) return [];
    const { guest, snapshot, node } = one;
    const { withNode = false } = starting.get(snapshot.volume) ?? {};
    const what = { guest: guestId(guest.kind, vmid), name: guest.name, node, ...defined({ storage }) };
    const from = { archive: snapshot.volume, takenAt: snapshot.time.toISOString(), bytes: snapshot.size };
    const starts = startsOf(one, starting);
    const turns = { restoreAfter: ids(restoreAfter), startAfter: ids(startAfter) };
    return [{ ...what, ...from, starts, startsWithNode: withNode, ...turns, predicted }];
  });
  return { version: 1, ...about, guests };
}

/** HA starts what it watches: such a guest does not start with its node by itself. */
function startsOf({ guest, snapshot }: Chosen, starting: ReadonlyMap<string, StartingLines>): boolean {
  const { withNode = false, template = false } = starting.get(snapshot.volume) ?? {};
  return !template && (withNode || guest.ha !== undefined);
}

function agentOf({ guest, snapshot }: Chosen, starting: ReadonlyMap<string, StartingLines>): boolean {
  return guest.kind === "vm" && starting.get(snapshot.volume)?.agent === true;
}
