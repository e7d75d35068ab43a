import { join } from "node:path";

import { type Command } from "commander";

import { openAnyStack, openStack, type AnyStack, type Stack } from "../engine/stack";
import { type Talk } from "../site/talk";
import { REPOSITORY } from "../stack-file";
import { confirmed, isInteractive, question } from "../terminal";

/** How a command names the stack that it works on. */
export interface StackOptions {
  /** Settings file. */
  readonly settings?: string;
  /** Name of the stack. */
  readonly stack?: string;
}

/** Adds the two ways to name a stack. */
export function withStackOptions(command: Command): Command {
  return command
    .option("--settings <file>", "the stack's settings file")
    .option("--stack <name>", "the stack, `home` for Pulumi.home.yaml");
}

/** The stack that was named. @throws {Error} When none was, with the cure. */
export function stackFrom(options: StackOptions): Stack {
  return openStack(fileFrom(options));
}

/** The same for a command that works on a vault too. @throws {Error} When none was named, with the cure. */
export function anyStackFrom(options: StackOptions): AnyStack {
  return openAnyStack(fileFrom(options));
}

/** The settings file that was named. Settings that have no source yet are none of a vault yet. @throws {Error} When none was. */
export function fileFrom({ settings, stack }: StackOptions): string {
  const named = stack === undefined || stack === "" ? undefined : join(REPOSITORY, `Pulumi.${stack}.yaml`);
  const file = settings ?? named;
  if (file === undefined) throw new Error("No stack is named.\nCure: SITE=home, or --settings Pulumi.home.yaml.");
  return file;
}

/**
 * Talks to a person on the terminal. Everything goes to standard error: standard output is for `--json`.
 * @param yes Stands for a yes to a plain question. It is no answer where something has to be typed.
 */
export function terminalTalk(yes: boolean): Talk {
  return {
    say: (line) => {
      process.stderr.write(`${line}\n`);
    },
    confirm: (text) => (yes ? Promise.resolve(true) : confirmed(text, "--yes")),
    ask: (text) => {
      if (isInteractive()) return question(text);
      throw new Error(`Nobody is here to be asked: ${text}\nCure: run it on a terminal, or say --confirm <name>.`);
    },
  };
}
