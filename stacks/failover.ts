import { type ComponentResourceOptions } from "@pulumi/pulumi";

import { FailoverGuest } from "../components";
import { type Failover } from "../estate/failover";
import { guestId } from "../estate/units/guest-id";

/** Each guest that asks for it comes up on another node when its own dies, with no more lost than the settings promise. */
export function declareFailover(failover: Failover, opts: ComponentResourceOptions): void {
  const { rpo, replicationRun, firstSyncLimit } = failover;
  for (const { guest, failoverNodes, schedule: replicationSchedule, rule: affinityRule } of failover.guests) {
    const { kind, vmid, node: homeNode } = guest;
    const where = { guest: guestId(kind, vmid), homeNode, failoverNodes, affinityRule };
    const promise = { rpo, replicationSchedule, replicationRun, firstSyncLimit };
    // By its number: a guest that is renamed is the same guest.
    new FailoverGuest(`${kind}-${vmid}`, { ...where, ...promise }, opts);
  }
}
