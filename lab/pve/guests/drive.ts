/** A drive line of a config or a request: what it is made of, then options. */
export interface Drive {
  /** Volume, `none`, `cdrom`, or `<storage>:<GiB>` for a new one. */
  readonly file: string;
  /** Everything else, in order. */
  readonly options: Readonly<Record<string, string>>;
}

/** Reads a drive line; a trailing comma counts for nothing. */
export function parseDrive(line: string): Drive {
  const [first = "", ...rest] = line.split(",").filter((part) => part !== "");
  const pairs = rest.map((part): [string, string] => {
    const mark = part.indexOf("=");
    return mark < 0 ? [part, ""] : [part.slice(0, mark), part.slice(mark + 1)];
  });
  return { file: first.replace(/^file=/, ""), options: Object.fromEntries(pairs) };
}

/** The line of a drive. */
export function driveLine({ file, options }: Drive): string {
  return [file, ...Object.entries(options).map(([key, value]) => `${key}=${value}`)].join(",");
}

const UNITS = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** A size as PVE writes it, in the largest unit that is whole. */
export function sizeText(bytes: number): string {
  for (const unit of ["T", "G", "M", "K"] as const)
    if (bytes % UNITS[unit] === 0) return `${bytes / UNITS[unit]}${unit}`;
  return String(bytes);
}

/** Bytes of a size, or of what it grows by: `+1G`. */
export function sizeOf(text: string, now = 0): number {
  const [, plus = "", number = "0", unit = ""] = /^(\+?)(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text) ?? [];
  return Math.ceil(Number(number) * UNITS[unit as keyof typeof UNITS]) + (plus === "" ? 0 : now);
}
