import { type Parameters } from "../specification";

/** What follows a subcommand. */
export interface CommandWords {
  /** Words that are no options. */
  readonly operands: readonly string[];
  /** Options by name, several values as a list. */
  readonly options: Readonly<Record<string, string | readonly string[]>>;
}

/** An option that is not there, or lacks its value: the line that Getopt::Long prints. */
export class OptionFault extends Error {}

/**
 * Parses as PVE's command-line programs do: one dash or two, a value apart or behind `=`, a flag without a value is
 * set. Names are the operation's parameters. Source: pve-common, src/PVE/JSONSchema.pm `get_options`.
 * @throws {OptionFault}
 */
export function parseOptions(argv: readonly string[], parameters: Parameters): CommandWords {
  const rest = [...argv];
  const operands: string[] = [];
  const options: Record<string, string | readonly string[]> = {};
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name, glued] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      operands.push(word);
      continue;
    }
    const rule = parameters[name] ?? parameters[name.replace(/\d+$/, "[n]")];
    if (rule === undefined) throw new OptionFault(`Unknown option: ${name}\n400 unable to parse option`);
    const value = glued ?? (isValue(rest[0]) ? rest.shift() : rule.type === "boolean" ? "1" : undefined);
    if (value === undefined) throw new OptionFault(`Option ${name} requires an argument\n400 unable to parse option`);
    options[name] = rule.type === "array" ? [options[name] ?? [], value].flat() : value;
  }
  return { operands, options };
}

/** A value may start with a dash only where it is no option: `-1`. */
function isValue(word: string | undefined): boolean {
  return word !== undefined && !/^--?[A-Za-z]/.test(word);
}
