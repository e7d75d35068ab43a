import { dependentsOf } from "./dependencies";
import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Finding } from "./problem";
import { type Settings } from "./settings";
import { guestId } from "./units/guest-id";
import { cabledNodes, usesWan } from "./wan";

/** From so many guests on that need it, near or far, a guest is one on which the site stands. */
const MANY = 3;

/**
 * Guests on which the site stands, and that go with their node although another could take over: said on a cluster that bears the loss
 * of a node, where it would otherwise be all green and of no use.
 */
export function singlePointFindings(
  settings: Settings,
  guests: readonly Guest[],
  observation: Observation | undefined,
): Finding[] {
  if (!bearsLoss(settings)) return [];
  const dependents = dependentsOf(guests);
  const onLine = lineOf(settings, guests, observation);
  return guests
    .filter((guest) => !failsOver(guest))
    .flatMap((guest) => {
      const isLine = onLine.users.includes(guest);
      if (isLine && onLine.isSaid) return [];
      const needing = dependents.get(guest.vmid) ?? [];
      const moving = needing.filter(failsOver);
      if (!isLine && moving.length === 0 && needing.length < MANY) return [];
      return [
        { path: `guest ${guestId(guest.kind, guest.vmid)} "${guest.name}"`, advice: adviceOn(guest, isLine, needing) },
      ];
    });
}

function adviceOn({ node }: Guest, isLine: boolean, needing: readonly Guest[]): string {
  const moving = needing.filter(failsOver);
  const reasons = [
    ...(isLine ? ["the line to the world goes through it, and what names and addresses it gives"] : []),
    ...(needing.length > 0 ? [`${listed(needing)} need${needing.length === 1 ? "s" : ""} it`] : []),
  ];
  const missed = moving.length === 0 ? "" : `; ${listed(moving)}, which would come up elsewhere, would not find it`;
  return (
    `${reasons.join("; ")}; and it fails over nowhere: with ${node} lost it is away until that node is back or it is restored${missed}; ` +
    "let it fail over (docs/how-to/failover-guest.md), or have two of it (docs/how-to/pairs.md)"
  );
}

/** Whether there is a majority with one node lost, so that something can take over at all. */
function bearsLoss({ nodes, quorumDevice }: Settings): boolean {
  const count = Object.keys(nodes).length;
  return count > 2 || (count === 2 && quorumDevice !== undefined);
}

/** A guest that is not installed yet counts as well: it will. */
function failsOver({ ha }: Guest): boolean {
  return ha?.failoverNode !== undefined;
}

/** Guests on the line to the world. Two on two nodes are a pair, and one cable alone is said elsewhere. */
function lineOf(settings: Settings, guests: readonly Guest[], observation: Observation | undefined) {
  const users = guests.filter((guest) => usesWan(settings, guest, observation));
  const isPair = new Set(users.map(({ node }) => node)).size > 1;
  const cables = cabledNodes(settings, observation)?.length ?? Infinity;
  return { users, isSaid: isPair || cables < 2 };
}

function listed(guests: readonly Guest[]): string {
  const names = guests.map(({ name }) => name);
  return names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
