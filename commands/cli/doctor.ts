import { homedir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";

import { Command } from "commander";

import { examine, gravest, machineChecks, siteChecks, type Examined } from "../doctor";
import { type Gravity } from "../doctor/check";
import { engineOf } from "../doctor/engine";
import { REPOSITORY } from "../stack-file";

interface DoctorOptions {
  readonly settings?: string;
  readonly knownHosts: string;
  readonly proof: boolean;
  readonly json?: true;
}

/** `doctor`: says what is missing or wrong, each with a cure. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what is missing or wrong on this machine and with a site, each with a cure; it changes nothing")
    .option("--settings <file>", "the stack's settings, Pulumi.<stack>.yaml; without it, this machine alone")
    .option(
      "--known-hosts <file>",
      "the file that SSH in the proxmoxve plugin reads",
      join(homedir(), ".ssh", "known_hosts"),
    )
    .option("--no-proof", "leave out the proof of the proxmoxve plugin, which takes 10 seconds in a lab of its own")
    .option("--json", "for programs")
    .addHelpText("after", "\nThe exit status is 1 when there is a failure; warnings alone leave it 0.")
    .action(run);
}

async function run({ settings, knownHosts, proof, json }: DoctorOptions): Promise<void> {
  const engine = engineOf(REPOSITORY);
  const checks = [
    ...machineChecks(engine, { forRealSite: settings !== undefined, proof }),
    ...(settings === undefined ? [] : siteChecks(settings, knownHosts)),
  ];
  const all = await examine(checks, (examined) => {
    if (json !== true) console.log(linesOf(examined).join("\n"));
  });
  if (json === true) console.log(JSON.stringify({ gravest: gravest(all), checks: all }, null, 2));
  else console.log(summary(all));
  if (gravest(all) === "failure") process.exitCode = 1;
}

const MARKS: Readonly<Record<Gravity, string>> = { ok: "ok", warning: "WARNING", failure: "FAILURE" };
const COLOURS = { ok: "green", warning: "yellow", failure: "red" } as const;

function linesOf({ name, findings }: Examined): string[] {
  return findings.flatMap(({ is, says, cure }) => {
    // styleText leaves colours out where NO_COLOR is set or nobody looks.
    const mark = styleText(COLOURS[is], MARKS[is].padEnd(8), { stream: process.stdout });
    const line = `${mark} ${name.padEnd(16)} ${says}`;
    return cure === undefined ? [line] : [line, `${" ".repeat(9)}${" ".repeat(17)}Cure: ${cure}`];
  });
}

function summary(all: readonly Examined[]): string {
  const count = (gravity: Gravity) => all.flatMap(({ findings }) => findings).filter(({ is }) => is === gravity).length;
  return `${count("failure")} failures, ${count("warning")} warnings, ${count("ok")} in order`;
}
