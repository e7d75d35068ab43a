const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of a size as PVE writes it in a disk's line, `32G`; undefined where it is none. */
export function bytesOf(text: string | undefined): number | undefined {
  const { count, unit = "" } = /^(?<count>\d+(?:\.\d+)?)(?<unit>[KMGT]?)$/.exec(text ?? "")?.groups ?? {};
  return count === undefined ? undefined : Math.round(Number(count) * (UNITS[unit] ?? 1));
}
