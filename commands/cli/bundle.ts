import { Command } from "commander";

import { makeBundle } from "../bundle";
import { manifestIn, manifestLines } from "../bundle/manifest";
import { show } from "./arguments";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly out?: string;
  readonly show?: string;
  readonly state: boolean;
  readonly json?: true;
}

/** Something is missing in it. */
const INCOMPLETE = 2;

/** `bundle`: all that a clean machine without internet needs, in one archive. */
export function bundleCommand(): Command {
  return withStackOptions(new Command("bundle"))
    .description(
      "one archive with repository, site, state, packages, Node.js, engine, plugins and runbook, for a clean machine without internet;\n" +
        "no secret is in it in the clear. Exit status 0: it is whole; 2: it was made, and something is missing; 1: it was not made",
    )
    .option("--out <folder>", "folder that gets it, best on another disk")
    .option("--show <file>", "only say what a bundle holds, how old it is and what is missing")
    .option("--no-state", "leave the state out on purpose, where nobody has a login for it: of every commit, in CI")
    .option("--json", "for programs")
    .action(run);
}

async function run({ out, show: shown, state: withState, json, ...which }: Options): Promise<void> {
  if (shown !== undefined) {
    const manifest = manifestIn(shown);
    show(json, manifest, manifestLines(manifest, shown));
    process.exitCode = manifest.missing.length === 0 ? 0 : INCOMPLETE;
    return;
  }
  if (out === undefined || out === "") throw new Error("It is not said where the bundle goes.\nCure: OUT=/mnt/usb");
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const { archive, manifest } = await makeBundle(stackFrom(which), out, say, { withState });
  show(json, { archive, ...manifest }, manifestLines(manifest, archive));
  if (manifest.missing.length > 0) process.exitCode = INCOMPLETE;
}
