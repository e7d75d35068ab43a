/** Inputs or outputs of an object, by field. They hold data only: text, numbers, booleans and lists of them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What the program wants, as far as it is known: in a preview, what other objects will say is not. */
export interface Wanted {
  /** Values that are there already. */
  readonly known: Fields;
  /** Fields whose value only the run itself will show. */
  readonly unknown: ReadonlySet<string>;
}

/** One field in which two views of an object differ. */
export interface Difference {
  /** Name of the input. */
  readonly field: string;
  /** What is there. */
  readonly living: unknown;
  /** What the other side says. */
  readonly wanted: unknown;
}

/** What a value means: two that mean the same are equal, however they are written. Nothing set is undefined. */
export type Meaning = (value: unknown) => unknown;

/** Fields of `meanings` in which `wanted` and `living` do not mean the same; those in `except` are left out. */
export function differences(
  meanings: Readonly<Record<string, Meaning>>,
  wanted: Fields,
  living: Fields,
  except: ReadonlySet<string> = new Set(),
): Difference[] {
  const found: Difference[] = [];
  for (const [field, meaning] of Object.entries(meanings)) {
    if (except.has(field) || same(meaning(wanted[field]), meaning(living[field]))) continue;
    found.push({ field, living: living[field], wanted: wanted[field] });
  }
  return found;
}

/** As written. */
export const plain: Meaning = (value) => value;

/** Text without blanks around it; empty is not set. PBS trims comments itself. */
export const trimmed: Meaning = (value) => (typeof value === "string" ? value.trim() || undefined : value);

/** Without regard to case, as hexadecimal is. */
export const caseless: Meaning = (value) => (typeof value === "string" ? value.toLowerCase() : value);

/** Values by name without regard to order; none at all is not set. */
export const byName: Meaning = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : entries;
};

/** A list without regard to order; an empty one is not set. */
export const unordered: Meaning = (value) => {
  if (!Array.isArray(value)) return value;
  return value.length === 0 ? undefined : value.map(String).sort();
};

/** As written, with a value that stands for nothing set. */
export function orElse(standard: unknown): Meaning {
  return (value) => value ?? standard;
}

/** One line a difference, for people. `secrets` are named and not shown. */
export function describe(found: readonly Difference[], secrets: readonly string[], words: [string, string]): string {
  const show = (field: string, value: unknown) => (secrets.includes(field) ? "[secret]" : shown(value));
  const line = ({ field, living, wanted }: Difference) =>
    `  - ${field}: ${words[0]} ${show(field, living)}, ${words[1]} ${show(field, wanted)}`;
  return found.map(line).join("\n");
}

/** A value as people read it. */
export function shown(value: unknown): string {
  return value === undefined || value === null ? "nothing" : JSON.stringify(value);
}

/** A field that holds text; anything else, and nothing, is no text. */
export function text(fields: Fields, field: string): string {
  const value = fields[field];
  return typeof value === "string" ? value : "";
}

/** `fields` without those that are not set. */
export function given<T extends Fields>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(set) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** `living` without those of `optional` that the program does not name: what it is silent about is the site's own. */
export function withoutUnsaid(living: Fields, program: Fields, optional: readonly string[]): Fields {
  const said = Object.entries(living).filter(([field]) => !optional.includes(field) || program[field] !== undefined);
  return given(Object.fromEntries(said));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
