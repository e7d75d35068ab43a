/** An amount of memory or disk, in powers of 1024: `"4 TiB"`, `"512 MiB"`. The same text serves in Pulumi.<stack>.yaml. */
export type Size = `${number} ${Unit}`;

type Unit = (typeof UNITS)[number];

/** Smallest first, each 1024 of the one before; a byte count above 8 PiB is beyond what JavaScript counts exactly. */
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const SIZE = /^(?<count>\d+) (?<unit>B|KiB|MiB|GiB|TiB)$/;
const TAPPAAS_SIZE = /^(?<count>\d+)(?<unit>[KMGT])$/;

/** Whether `text` is a size: a whole number, a space and one of B, KiB, MiB, GiB, TiB. */
export function isSize(text: string): text is Size {
  const { count, unit } = SIZE.exec(text)?.groups ?? {};
  return count !== undefined && Number.isSafeInteger(Number(count) * bytesIn(unit as Unit));
}

/**
 * Bytes in a size.
 * @throws {RangeError} If the text is no size, or more than 8 PiB.
 */
export function toBytes(size: Size): number {
  const { count, unit } = SIZE.exec(size)?.groups ?? {};
  if (count === undefined || !isSize(size)) throw new RangeError(`Expected a size such as "32 GiB", got "${size}".`);
  return Number(count) * bytesIn(unit as Unit);
}

/**
 * Size that says `bytes` exactly, in the largest unit that does so.
 * @throws {RangeError} If `bytes` is not a whole number from 0 to 8 PiB.
 */
export function sizeOf(bytes: number): Size {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`Expected whole bytes, got ${bytes}.`);
  const unit = bytes === 0 ? "B" : UNITS.findLast((candidate) => bytes % bytesIn(candidate) === 0);
  return `${bytes / bytesIn(unit ?? "B")} ${unit ?? "B"}`;
}

/**
 * Size meant by TAPPaaS' short form, `"32G"`, as PVE reads it on a disk: G is 1024 cubed.
 * @throws {RangeError} If the text is not a whole number and one of K, M, G, T.
 */
export function sizeFromTappaas(text: string): Size {
  const { count, unit } = TAPPAAS_SIZE.exec(text)?.groups ?? {};
  if (count === undefined || unit === undefined) throw new RangeError(`Expected a size such as "32G", got "${text}".`);
  return sizeOf(Number(count) * bytesIn(`${unit}iB` as Unit));
}

function bytesIn(unit: Unit): number {
  return 1024 ** UNITS.indexOf(unit);
}
