import { INSTANCE_TYPES, type InstanceType } from "./instance-types";

/** What a guest needs of the machine that runs it. */
export interface GuestNeed {
  /** Memory in bytes. */
  readonly memory: number;
  /** Cores of all sockets. */
  readonly cores: number;
}

/** What a machine has to have. */
export interface MachineNeed {
  /** Memory in bytes, the node's own included. */
  readonly memory: number;
  /** Threads: PVE starts no guest that has more cores than the node has threads. */
  readonly threads: number;
}

/** Of each thread so many cores may be promised. Source: Proxmox' guidance for mixed guests; a guess on the safe side for nested ones. */
const CORES_PER_THREAD = 4;

/** What all guests together need, and `reserve` bytes for the node itself. */
export function machineNeed(guests: readonly GuestNeed[], reserve: number): MachineNeed {
  const memory = guests.reduce((sum, guest) => sum + guest.memory, reserve);
  const cores = guests.reduce((sum, guest) => sum + guest.cores, 0);
  const largest = guests.reduce((most, guest) => Math.max(most, guest.cores), 1);
  return { memory, threads: Math.max(largest, Math.ceil(cores / CORES_PER_THREAD)) };
}

/**
 * The type on which all fits: the cheapest where every fitting one has a price, else that with the least memory, and then the fewest
 * threads. Undefined when none is large enough.
 * @param perHour Price of an hour by type, as far as it is known.
 */
export function instanceFor(
  need: MachineNeed,
  perHour: Readonly<Record<string, number>> = {},
): InstanceType | undefined {
  const fits = INSTANCE_TYPES.filter(({ memory, threads }) => memory >= need.memory && threads >= need.threads);
  const priced = fits.filter(({ name }) => perHour[name] !== undefined);
  // Among types without a price a cheaper one may hide; the smallest of all is then the better guess.
  const cost = ({ name }: InstanceType): number => (priced.length === fits.length ? (perHour[name] ?? 0) : 0);
  return fits.toSorted((a, b) => cost(a) - cost(b) || a.memory - b.memory || a.threads - b.threads)[0];
}
