import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type Command } from "commander";

const REPOSITORY = join(__dirname, "../../..");
const MAKEFILE = readFileSync(join(REPOSITORY, "Makefile"), "utf8");

/** Words of a command as a shell splits them; a comment at its end is none. */
export function wordsOf(command: string): string[] {
  const [before = ""] = command.split(/\s+#\s/);
  const words = before.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ""));
}

/** Holds a command of this repository against the Makefile, and its options against the command's own. */
export function assertCanBeTyped(command: string): void {
  const line = command.replaceAll(/<[^>]*>/g, "X");
  if (line.startsWith("make ")) assertMake(line);
  else if (line.startsWith("node ")) {
    const [, , , verb = "", ...rest] = wordsOf(line);
    const [asked, words] = commandOf(verb, rest);
    assertOptions(asked, words, line);
    for (const { long, mandatory } of asked.options)
      if (mandatory) assert.ok(words.includes(long ?? ""), `${line}: ${long ?? ""} is missing`);
  }
}

function assertMake(line: string): void {
  const [, verb = "", ...assignments] = wordsOf(line);
  const recipe = recipeOf(verb);
  assert.notEqual(recipe, undefined, `the Makefile has no ${verb}: ${line}`);
  for (const assignment of assignments) {
    const [name = ""] = assignment.split("=");
    const value = assignment.slice(name.length + 1);
    if (name === "SITE" || name === "STACK") continue;
    assert.ok(
      [`$(${name})`, `$$${name}`, `$\${${name}`, `(${name})`].some((use) => recipe?.includes(use)),
      `make ${verb} does not use ${name}: ${line}`,
    );
    if (!name.endsWith("_OPTIONS")) continue;
    const [, called = "", sub = ""] =
      /(?:commands\/main\.ts|call RUN,)\s*([a-z-]+)(?: (\w+))?/.exec(recipe ?? "") ?? [];
    const [asked] = commandOf(called, [sub]);
    assertOptions(asked, value.split(/\s+/), line);
  }
}

function recipeOf(verb: string): string | undefined {
  const lines = MAKEFILE.split("\n");
  const at = lines.findIndex((text) => text.startsWith(`${verb}:`));
  if (at < 0) return undefined;
  const end = lines.findIndex((text, index) => index > at && !text.startsWith("\t"));
  return lines.slice(at, end).join("\n");
}

/** A command, or the subcommand that the words name, and the words after it. */
function commandOf(verb: string, words: string[]): [Command, string[]] {
  const file = join(REPOSITORY, "commands/cli", `${verb}.ts`);
  assert.ok(existsSync(file), `there is no command ${verb}`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const exported = require(file) as Record<string, () => Command>;
  const [, make] = Object.entries(exported).find(([name]) => name.endsWith("Command"))!;
  const command = make();
  const sub = command.commands.find((one) => one.name() === words[0]);
  return sub === undefined ? [command, words] : [sub, words.slice(1)];
}

function assertOptions(command: Command, words: readonly string[], line: string): void {
  words.forEach((word, at) => {
    if (!word.startsWith("--")) return;
    const option = command.options.find(({ long }) => long === word);
    assert.ok(option !== undefined, `${command.name()} has no ${word}: ${line}`);
    if (option.required) assert.ok(words[at + 1]?.startsWith("--") === false, `${word} needs a value: ${line}`);
  });
}
