import { rulesWith, type GuestFailover } from "./failover";
import { type Observation } from "./observation";
import { type Problem } from "./problem";
import { guestId } from "./units/guest-id";

/** Rules on the site beside which PVE would refuse those of the program. */
export function ruleProblems(guests: readonly GuestFailover[], observation: Observation | undefined): Problem[] {
  return guests.flatMap((failover) => guestRuleProblems(failover, guests, observation));
}

/** A guest may be in one node affinity rule, and in no rule about other guests while that one has an order of nodes. */
function guestRuleProblems(
  { guest }: GuestFailover,
  guests: readonly GuestFailover[],
  observation: Observation | undefined,
): Problem[] {
  const own = guestId(guest.kind, guest.vmid);
  const path = `guest ${own} "${guest.name}"`;
  const [first, ...others] = rulesWith(own, observation);
  const problems: Problem[] = others.map(({ id }) => ({
    path,
    expected: "one node affinity rule",
    got: `${first?.id ?? ""} and ${id}`,
    cure: `\`ha-manager rules remove ${id}\`, or the other one, then observe again`,
  }));
  const strangers = (first?.resources ?? []).filter(
    (id) => !guests.some((one) => guestId(one.guest.kind, one.guest.vmid) === id),
  );
  if (strangers.length > 0) {
    const cure = "give them cluster:ha, or take them out of the rule in PVE and observe again";
    problems.push({
      path,
      expected: `guests with failover alone in rule ${first?.id ?? ""}`,
      got: strangers.join(", "),
      cure,
    });
  }
  return [...problems, ...sharedRuleProblems(path, first, guests), ...companyProblems(path, own, observation)];
}

/** One rule has one order of nodes. */
function sharedRuleProblems(
  path: string,
  rule: ReturnType<typeof rulesWith>[number] | undefined,
  guests: readonly GuestFailover[],
): Problem[] {
  const members = guests.filter(({ guest }) => rule?.resources?.includes(guestId(guest.kind, guest.vmid)) === true);
  const orders = new Set(
    members.map(({ guest, failoverNodes }) => [guest.node, ...failoverNodes.map(({ node }) => node)].join(" > ")),
  );
  if (orders.size < 2) return [];
  const cure = "give each of them a rule of its own in PVE and observe again, or the same nodes here";
  return [
    {
      path,
      expected: `one order of nodes for all guests of rule ${rule?.id ?? ""}`,
      got: [...orders].join(" and "),
      cure,
    },
  ];
}

/** PVE: "cannot be in a node affinity rule with multiple priorities". */
function companyProblems(path: string, own: string, observation: Observation | undefined): Problem[] {
  const rules = (observation?.highAvailability?.items ?? []).filter(
    ({ kind, state, resources = [] }) => kind === "rule" && state === "resource-affinity" && resources.includes(own),
  );
  return rules.map(({ id }) => ({
    path,
    expected: "no resource affinity rule, for its nodes have an order and PVE takes one or the other",
    got: `rule ${id}`,
    cure: `\`ha-manager rules remove ${id}\`, or leave the guest without failover`,
  }));
}
