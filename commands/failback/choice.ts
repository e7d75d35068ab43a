import { type Guest } from "../../estate/guest";
import { type RebuildPlan, type RebuiltGuestPlan } from "../../estate/rebuild-plan";
import { type ServingGuest } from "../../estate/serving-record";
import { defined } from "../../estate/units/defined";
import { parseGuestId } from "../../estate/units/guest-id";
import { linesOfHome } from "../../planning/host/moved-guest";
import { type Model } from "../../planning/model";
import { authIdOf } from "../../provider/clients/login";
import { type PveClient } from "../../provider/clients/pve-client";
import { type Choice } from "../rebuild/choice";
import { planFor, type Chosen, type LeftOut } from "../rebuild/plan";
import { startingOf, surveyFor, type RebuildSurvey } from "../rebuild/survey";
import { type Saved } from "./evidence";

/** From what guests are chosen that go home from somebody else's node. */
export interface FailbackOrder {
  /** Home's API. */
  readonly pve: PveClient;
  /** Guests of home's inventory. */
  readonly guests: readonly Guest[];
  /** The planner's model of home. */
  readonly model: Model;
  /** Guests that served elsewhere, each with its last backup. */
  readonly saved: readonly Saved[];
  /** Node for guests whose own is not there. @default - they are not restored */
  readonly node?: string | undefined;
}

/** What would come home from its last backup elsewhere, as it was at home before. */
export async function failbackChoice(order: FailbackOrder, source: RebuildPlan["source"]): Promise<Choice> {
  const { pve, guests, model, saved } = order;
  const survey = await surveyFor(pve, source.storage);
  const found = saved.map((one) => homeward(one, guests, survey, order.node));
  const left = found.filter((one): one is LeftOut => "why" in one);
  const chosen = found.filter((one): one is Returning => "snapshot" in one);
  if (chosen.length === 0) return { plan: undefined, left, said: [] };
  const starting = await startingOf(
    pve,
    chosen.map(({ node, snapshot }) => ({ node, volume: snapshot.volume })),
  );
  const about = { freeSince: survey.at.toISOString(), login: authIdOf(pve.server.login), source };
  const plan = planFor(chosen, model, starting, about, {});
  const serving = new Map(chosen.map(({ serving: one }) => [one.of, one]));
  return {
    plan: { ...plan, guests: plan.guests.map((one) => asAtHome(one, serving.get(one.guest))) },
    left,
    said: byHand(chosen),
  };
}

interface Returning extends Chosen {
  readonly serving: ServingGuest;
}

function homeward(
  { guest: serving, snapshot }: Saved,
  guests: readonly Guest[],
  survey: RebuildSurvey,
  other: string | undefined,
) {
  const { kind, vmid } = parseGuestId(serving.of);
  const served = parseGuestId(serving.guest);
  const name = `${serving.name} (${serving.of})`;
  const guest = guests.find((one) => one.vmid === vmid && one.kind === kind);
  const leave = (why: string): LeftOut => ({ guest: name, why, lives: false });
  if (guest === undefined) return leave("home's inventory does not have it any more: write it there again");
  const there = survey.living.get(vmid);
  if (there !== undefined)
    return leave(
      `${vmid} is there, on ${there}, and holds what it held before the guest served elsewhere. ` +
        "Look at it, and free its number yourself, or give the newer one another way home (make restore)",
    );
  const disks = survey.disks.get(vmid) ?? [];
  if (disks.length > 0)
    return leave(
      `disks of ${vmid} are still there, older than what served elsewhere: ${disks.join(", ")}. Rename or remove them`,
    );
  const node = survey.nodes.includes(guest.node) ? guest.node : other;
  if (node === undefined) return leave(`its node ${guest.node} is not there; say another with --node`);
  const own = survey.snapshots.filter((one) => one.vmid === served.vmid && one.kind === served.kind);
  const last = own.find(({ time }) => time.getTime() === snapshot?.time.getTime());
  if (last === undefined) return leave("its last backup is not to be seen from home");
  return { guest, node, snapshot: last, serving } satisfies Returning;
}

/** Number, name, networks, size and storage as they were at home; addresses of cards too, for leases and rules know it by them. */
function asAtHome(planned: RebuiltGuestPlan, serving: ServingGuest | undefined): RebuiltGuestPlan {
  if (serving === undefined) return planned;
  const { was, added, storage } = serving;
  const ofHome = linesOfHome(was);
  const lines = Object.entries(was).filter(([line]) => !ofHome.includes(line));
  return { ...planned, ...defined({ storage }), configuration: Object.fromEntries(lines), without: [...added] };
}

/** Lines that only root may give back. */
function byHand(chosen: readonly Returning[]): string[] {
  return chosen.flatMap(({ serving: { was, of } }) =>
    linesOfHome(was).map((line) => `By hand, as root, before ${of} starts: ${line}: ${was[line]}`),
  );
}
