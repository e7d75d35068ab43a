/** Ends a command with a message on standard error. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    /** Exit status. */
    public readonly status: 1 | 2 = 1,
    /** What had been printed before it failed. */
    public readonly stdout = "",
  ) {
    super(message);
  }
}

/** Options that a subcommand knows. */
export interface OptionTable {
  /** Letters without a value. */
  readonly flags: string;
  /** Letters that take one. */
  readonly values?: string;
  /** Long names, each with the letter for which it stands, or with a name of its own. */
  readonly long?: Readonly<Record<string, string>>;
  /** The line behind `usage:`. */
  readonly usage: string;
}

/** A command line taken apart. */
export interface CommandLine {
  /** Whether a flag was given. */
  readonly has: (flag: string) => boolean;
  /** Every value of an option, in order. */
  readonly all: (option: string) => readonly string[];
  /** What followed the options. */
  readonly operands: readonly string[];
}

/** Wrong usage: the sentence, then how the command is used, and exit status 2. */
export function usageFailure(message: string, usage: string): CommandFailure {
  return new CommandFailure(`${message}\nusage:\n\t${usage}`, 2);
}

/**
 * Parses as glibc's getopt(3): clusters, values glued or apart, options also behind operands, `--` ends the options.
 * @throws {CommandFailure} With status 2 for an option that is not known or lacks its value.
 */
export function parseCommandLine(argv: readonly string[], table: OptionTable): CommandLine {
  const given = new Map<string, string[]>();
  const rest = [...argv];
  const operands: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") operands.push(...rest.splice(0));
    else if (word.startsWith("--")) note(given, longOption(word, table), "");
    else if (word.startsWith("-") && word !== "-") takeCluster(word.slice(1), rest, table, given);
    else operands.push(word);
  }
  return { has: (flag) => given.has(flag), all: (option) => given.get(option) ?? [], operands };
}

function longOption(word: string, { long = {}, usage }: OptionTable): string {
  const option = long[word.slice(2)];
  if (option === undefined) throw usageFailure(`invalid option '${word.slice(2)}'`, usage);
  return option;
}

function takeCluster(letters: string, rest: string[], table: OptionTable, given: Map<string, string[]>): void {
  for (const [index, letter] of letters.split("").entries()) {
    if (table.flags.includes(letter)) {
      note(given, letter, "");
      continue;
    }
    if (table.values?.includes(letter) !== true) throw usageFailure(`invalid option '${letter}'`, table.usage);
    const value = letters.slice(index + 1) || rest.shift();
    if (value === undefined) throw usageFailure(`missing argument for '${letter}' option`, table.usage);
    note(given, letter, value);
    return;
  }
}

function note(given: Map<string, string[]>, option: string, value: string): void {
  given.set(option, [...(given.get(option) ?? []), value]);
}

/** The values of `-o a=b` as a record, each property once. */
export function assignments(given: readonly string[], option: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals < 0) throw new CommandFailure(`missing '=' for -${option} option`);
    const name = text.slice(0, equals);
    if (name in properties) throw new CommandFailure(`property '${name}' specified multiple times`);
    properties[name] = text.slice(equals + 1);
  }
  return properties;
}

/** The values of `-o a,b` as one list; undefined when the option was not given. */
export function columnList(given: readonly string[]): string[] | undefined {
  return given.length === 0 ? undefined : given.join(",").split(",");
}
