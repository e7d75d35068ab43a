import { type Disk, type Pool } from "../core/zfs";
import { type DeepReadonly } from "../core/state";

const PARITY = { stripe: 0, mirror: 0, raidz1: 1, raidz2: 2, raidz3: 3 } as const;

/** Bytes that a pool can hold, parity taken off. */
export function poolSize({ vdevs }: DeepReadonly<Pool>, disks: DeepReadonly<Disk[]>): number {
  return vdevs.reduce((sum, { type, disks: members }) => {
    const sizes = members.map((id) => disks.find((disk) => disk.id === id)?.size ?? 0);
    const smallest = Math.min(...sizes);
    return sum + (type === "mirror" ? smallest : smallest * (members.length - PARITY[type]));
  }, 0);
}
