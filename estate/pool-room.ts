import { type Observation, type ObservedPool } from "./observation";
import { type Pool } from "./pool";
import { type Finding } from "./problem";

/**
 * Bytes that stay free for snapshots on a pool of guests: 20 GB, and 100 GB where it is not known how large the guests are. Replication, a
 * backup that runs and a way back before an update each keep what changes meanwhile. Source: requirement B28.
 */
const RESERVE = { known: 20e9, unknown: 100e9 } as const;

/** Pools on which snapshots may find no room: a full pool stops every guest on it. */
export function poolRoomFindings(pools: readonly Pool[], observation: Observation | undefined): Finding[] {
  return pools.flatMap(({ node, name, purpose, observed }) => {
    const free = observed && usableFree(observed);
    if (free === undefined || purpose === "backup") return [];
    const reserve = isSized(node, name, observation) ? RESERVE.known : RESERVE.unknown;
    if (free >= reserve) return [];
    const path = `pool ${name} on ${node}`;
    const advice =
      `${gigabytes(free)} are free; keep ${gigabytes(reserve)} for snapshots of replication, backups and updates, or a full pool stops its ` +
      "guests: move a guest, remove old snapshots, or add disks";
    return [{ path, advice }];
  });
}

/** Whether every disk of guests there says how large it is. */
function isSized(node: string, storage: string, observation: Observation | undefined): boolean {
  const guests = (observation?.guests.items ?? []).filter((guest) => guest.node === node);
  const disks = guests.flatMap((guest) => guest.disks.filter((disk) => disk.storage === storage));
  return disks.every(({ size }) => size !== undefined);
}

/** Bytes for data that are free: of what ZFS counts raw, parity takes its share. Undefined where nobody looked. */
function usableFree({ free, vdevs }: ObservedPool): number | undefined {
  if (free === undefined) return undefined;
  const all = vdevs.reduce((sum, { disks }) => sum + disks.length, 0);
  const parity = vdevs.reduce((sum, { type }) => sum + (PARITY[type] ?? 0), 0);
  return all === 0 ? free : (free * (all - parity)) / all;
}

/** Disks of a group that hold parity, where ZFS counts them into a pool's size. Of a mirror it counts one disk. */
const PARITY: Readonly<Record<string, number>> = { raidz: 1, raidz2: 2, raidz3: 3 };

function gigabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e9)} GB`;
}
