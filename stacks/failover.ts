import { type ComponentResourceOptions } from "@pulumi/pulumi";

import { ClusterOptions, FailoverGuest, FirewallFailover, QDevice, StartupOrder } from "../components";
import { type Estate } from "../estate/estate";
import { type Failover } from "../estate/failover";
import { defined } from "../estate/units/defined";
import { guestId } from "../estate/units/guest-id";
import { type Configuration } from "./config";

/** Each guest that asks for it comes up on another node when its own dies, with no more lost than the settings promise. */
export function declareFailover(failover: Failover, opts: ComponentResourceOptions): void {
  const { rpo, replicationRun, firstSyncLimit } = failover;
  for (const {
    guest,
    failoverNodes,
    schedule: replicationSchedule,
    rule: affinityRule,
    cabledNodes,
  } of failover.guests) {
    const { kind, vmid, node: homeNode } = guest;
    const where = { guest: guestId(kind, vmid), homeNode, failoverNodes, affinityRule };
    const args = { ...where, rpo, replicationSchedule, replicationRun, firstSyncLimit };
    // By its number: a guest that is renamed is the same guest.
    const name = `${kind}-${vmid}`;
    if (cabledNodes === undefined) new FailoverGuest(name, args, opts);
    else new FirewallFailover(name, { ...args, cabledNodes }, opts);
  }
}

/** Guests that need each other start in that order, when the settings ask for it. */
export function declareStartup(startup: Estate["startup"], opts: ComponentResourceOptions): void {
  for (const { guest, order, pause } of startup) {
    const id = guestId(guest.kind, guest.vmid);
    new StartupOrder(`${guest.kind}-${guest.vmid}`, { guest: id, order, ...defined({ pause }) }, opts);
  }
}

/** Options of the whole cluster, when the settings name some: a node that stands alone has none that matter. */
export function declareCluster(cluster: Estate["cluster"], opts: ComponentResourceOptions): void {
  if (Object.keys(cluster).length > 0) new ClusterOptions("cluster", cluster, opts);
}

/** The vote of a machine that is no node, when the settings name one. */
export function declareQuorumDevice(
  { estate: { nodes, quorumDevice }, secrets }: Configuration,
  opts: ComponentResourceOptions,
): void {
  if (quorumDevice === undefined) return;
  const ways = nodes.map(({ name: node, ssh }) => ({ node, shell: { ...ssh, privateKey: secrets.sshPrivateKey } }));
  new QDevice("qdevice", { nodes: ways, ...quorumDevice }, opts);
}
