/**
 * Times of pve-ha-manager, corosync and the watchdog, in seconds. Where no other source stands beside them, they are what
 * pve-ha-manager's and pve-guest-common's sources say (9.x).
 */

/** Life of a lock in the cluster's file system without renewal (Env/PVE2.pm, pmxcfs). */
export const LOCK_LIFETIME = 120;
/** A watchdog client that is not heard of for this long expires (watchdog-mux.c). */
export const CLIENT_WATCHDOG = 60;
/** After that the hardware's own watchdog resets the node, at the latest (watchdog-mux.c). */
export const HARDWARE_WATCHDOG = 10;
/** A node is fenced only after it was away this long, as the master has seen it (NodeStatus.pm). */
export const FENCE_DELAY = 60;
/** Round of a master CRM and of an active LRM (CRM.pm, LRM.pm). */
export const ACTIVE_ROUND = 10;
/** Round of a CRM and an LRM that wait (CRM.pm, LRM.pm). */
export const WAITING_ROUND = 5;
/** Commands that an LRM runs at once (Env/PVE2.pm: max_workers). */
export const WORKERS = 4;
/** Rounds without a service after which an LRM gives its lock and its watchdog back (LRM.pm). */
export const IDLE_ROUNDS = 60;
/** A replication scheduler looks this often for what is due (pvescheduler). */
export const REPLICATION_TICK = 60;

/** Seconds until corosync has agreed that a node is gone: token and consensus, 1 s and 650 ms more a node above two. */
export function membershipSeconds(nodes: number): number {
  const token = 1000 + 650 * Math.max(0, nodes - 2);
  return Math.ceil((token * 2.2) / 1000);
}

/**
 * Seconds from a failed replication run to the next try (ReplicationState.pm).
 * @param failures Failed runs in a row, 1 or more.
 */
export function retrySeconds(failures: number): number {
  return 60 * (failures <= 3 ? 5 * failures : 30);
}
