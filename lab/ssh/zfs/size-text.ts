const UNITS = ["B", "K", "M", "G", "T", "P", "E"];

/**
 * A number of bytes as OpenZFS prints it for people: at most five characters, the unit a power of 1024, as many decimals
 * as fit: `960M`, `3.62T`, `17.5G`.
 */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10);
  const unit = UNITS[power] ?? "";
  const value = bytes / 1024 ** power;
  if (power === 0 || Number.isInteger(value)) return `${Math.floor(value)}${unit}`;
  const decimals = [2, 1, 0].find((places) => value.toFixed(places).length <= 4) ?? 0;
  return `${value.toFixed(decimals)}${unit}`;
}

/** Bytes written as `1048576`, `64K` or `32G`; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([BKMGTPE]?)(?:i?B)?$/i.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 1024 ** Math.max(0, UNITS.indexOf((match[2] ?? "").toUpperCase()));
}
