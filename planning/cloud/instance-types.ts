/** A type of machine at AWS that can run virtual machines of its own. */
export interface InstanceType {
  /** Its name, `m8i.2xlarge`. */
  readonly name: string;
  /** Processor threads. */
  readonly threads: number;
  /** Memory in bytes. */
  readonly memory: number;
}

/**
 * Threads by size, the same in every family. Source: EC2's DescribeInstanceTypes, 2026-11, types whose SupportedFeatures have
 * `nested-virtualization`, as moto 5.2.5 recorded it; `test/lab/aws` holds this list against it.
 */
const SIZES: readonly (readonly [size: string, threads: number])[] = [
  ["large", 2],
  ["xlarge", 4],
  ["2xlarge", 8],
  ["4xlarge", 16],
  ["8xlarge", 32],
  ["12xlarge", 48],
  ["16xlarge", 64],
  ["24xlarge", 96],
  ["32xlarge", 128],
  ["48xlarge", 192],
  ["96xlarge", 384],
];

/** GiB of memory for each thread, by family. The same source. */
const FAMILIES: readonly (readonly [family: string, perThread: number])[] = [
  ["c8i", 2],
  ["m8i", 4],
  ["r8i", 8],
];

const GIB = 1024 ** 3;

/** All of them: x86-64, virtualization of their own can be switched on. */
export const INSTANCE_TYPES: readonly InstanceType[] = FAMILIES.flatMap(([family, perThread]) =>
  SIZES.map(([size, threads]) => ({ name: `${family}.${size}`, threads, memory: threads * perThread * GIB })),
);
