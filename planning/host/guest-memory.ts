const MIB = 1024 ** 2;

/** Bytes of memory that a guest's configuration gives it: `memory: 2048`, or `memory: current=2048`; PVE gives 512 MiB without a line. */
export function memoryOf(lines: Readonly<Record<string, string>>): number {
  return Number(/^(?:current=)?(\d+)/.exec(lines["memory"] ?? "512")?.[1] ?? 512) * MIB;
}
