/** One thing wrong with what a site says of itself. */
export interface Problem {
  /** File and path in it, or path in the settings, as the writer knows it: `modules/identity.json: vmid`. */
  readonly path: string;
  /** What was expected, to be read after the word "expected"; starts in lower case, ends without a full stop. */
  readonly expected: string;
  /** What came, in quotes where it is text; undefined where naming it helps nobody. */
  readonly got?: string | undefined;
  /** What to do about it. */
  readonly cure: string;
}

/** Something worth a person's attention that stops nothing. */
export interface Finding {
  /** What it is about: a pool, a guest, a path in the settings. */
  readonly path: string;
  /** What was found and what would be better. Starts in lower case, ends without a full stop. */
  readonly advice: string;
}

/** Either what was read, or everything that is wrong with it. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Stops a program before it touches anything: names all that is wrong with a site at once. */
export class InvalidSite extends Error {
  /** Each thing wrong, in the order of the files and of the keys in them. */
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    super([`${subject} is invalid:`, ...problems.map(problemLine)].join("\n"));
    this.name = "InvalidSite";
    this.problems = problems;
  }
}

/** A problem in one line: `  - backup.schedule: expected a calendar event, got "often"; write "21:00"`. */
export function problemLine({ path, expected, got, cure }: Problem): string {
  return `  - ${path}: expected ${expected}${got === undefined ? "" : `, got ${got}`}; ${cure}`;
}

/**
 * Value that was parsed.
 * @throws {InvalidSite} When there are problems instead.
 */
export function valueOf<T>(parsed: Parsed<T>, subject: string): T {
  if (parsed.ok) return parsed.value;
  throw new InvalidSite(subject, parsed.problems);
}

/** Problems of a parse; empty when it went well. */
export function problemsOf(parsed: Parsed<unknown>): readonly Problem[] {
  return parsed.ok ? [] : parsed.problems;
}

/** A value as it is shown in an error: text in quotes, anything big by its kind alone. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  if (SECRET.test(text)) return "a text that looks like a secret and is not shown";
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Keys of age, OpenSSH and PEM, and API tokens with their secret: they get pasted in the wrong place. */
const SECRET = /SECRET-KEY|PRIVATE KEY|![\w.-]+[=:][0-9a-f-]{36}/;

/** Enough to recognise a value, too little to flood a terminal. */
const LONGEST = 60;
