import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

import { type Machine } from "../core/machine";
import { nodeFile } from "../core/own-root";
import { type CommandResult, failed, printed, type Program } from "../core/program";

const UNITS = "/etc/systemd/system";
const VERBS: ReadonlySet<string> = new Set([
  "enable",
  "disable",
  "is-enabled",
  "is-active",
  "start",
  "stop",
  "restart",
]);

/** Services that come with a package and run from then on, by their package. */
const PACKAGED: Readonly<Record<string, string>> = {
  "proxmox-backup.service": "proxmox-backup-server",
  "proxmox-backup-proxy.service": "proxmox-backup-server",
};

/**
 * `systemctl` of a node for the units below /etc/systemd/system: enable, disable, is-enabled, is-active, and `start` of a service
 * that runs one of the lab's programs, or bash, to its end. Its timers fire when a person starts their service. What else the machine's
 * systemctl does, its restart say, is another's: `otherwise`.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemctl.html
 */
export function systemctl(machine: Machine, bash: Program, otherwise: Program = unknownVerb): Program {
  const at = (path: string): string => nodeFile(machine.site, machine.name, path);
  const active = (unit: string): string => at(`/run/lab-units/${unit}`);

  const enable = (unit: string): void => {
    if (!existsSync(at(`${UNITS}/${unit}`))) return;
    for (const folder of installedIn(readFileSync(at(`${UNITS}/${unit}`), "utf8"))) {
      const link = at(`${UNITS}/${folder}/${unit}`);
      mkdirSync(dirname(link), { recursive: true });
      if (!isLink(link)) symlinkSync(`${UNITS}/${unit}`, link);
    }
  };
  const linksOf = (unit: string): string[] =>
    targetFolders(machine)
      .map((folder) => at(`${UNITS}/${folder}/${unit}`))
      .filter(isLink);
  const begin = (unit: string): void => {
    mkdirSync(dirname(active(unit)), { recursive: true });
    writeFileSync(active(unit), "");
  };

  return async (argv) => {
    const now = argv.includes("--now");
    const [verb = "", ...named] = argv.filter((word) => !word.startsWith("-"));
    const units = named.filter((unit) => !machine.installed.has(PACKAGED[unit] ?? ""));
    if (verb === "daemon-reload") return printed("");
    if (!VERBS.has(verb)) return otherwise(argv);
    const unknown = units.find((unit) => !existsSync(at(`${UNITS}/${unit}`)));
    if (unknown !== undefined) return failed(1, `Failed to ${verb} unit: Unit ${unknown} does not exist`);
    if (verb === "is-enabled")
      return told(
        units.every((unit) => linksOf(unit).length > 0),
        "enabled",
        "disabled",
        1,
      );
    if (verb === "is-active")
      return told(
        units.every((unit) => existsSync(active(unit))),
        "active",
        "inactive",
        3,
      );
    for (const unit of units) {
      if (verb === "enable") enable(unit);
      if (verb === "disable") for (const link of linksOf(unit)) unlinkSync(link);
      if (verb === "disable" || verb === "stop") rmSync(active(unit), { force: true });
      if (now && verb === "enable") begin(unit);
      if (verb !== "start" && verb !== "restart") continue;
      if (!unit.endsWith(".service")) begin(unit);
      else {
        const ran = await runService(machine, bash, readFileSync(at(`${UNITS}/${unit}`), "utf8"));
        if (ran.status !== 0) return failed(1, `Job for ${unit} failed.\n${ran.stderr}`);
      }
    }
    return printed("");
  };
}

/** Folders into which enabling links a unit, by its section `[Install]`. */
function installedIn(unit: string): string[] {
  const named = (key: string, folder: string) =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].flatMap(([, targets = ""]) =>
      targets.split(" ").map((target) => `${target}.${folder}`),
    );
  return [...named("WantedBy", "wants"), ...named("RequiredBy", "requires")];
}

function targetFolders(machine: Machine): string[] {
  const folder = nodeFile(machine.site, machine.name, UNITS);
  return existsSync(folder) ? readdirSync(folder).filter((name) => /\.(?:wants|requires)$/.test(name)) : [];
}

/** When a unit starts as a node boots: before its guests, or after them. */
export type BootMoment = "before-guests" | "after-guests";

interface Enabled {
  readonly unit: string;
  readonly text: string;
  readonly moment: BootMoment;
  /** Whether guests do not start when it failed. */
  readonly isRequired: boolean;
}

/** Services that start with the machine. */
function enabledServices(machine: Machine): Enabled[] {
  const { site, name } = machine;
  const at = (path: string) => nodeFile(site, name, `${UNITS}/${path}`);
  const folders = targetFolders(machine).filter((folder) => !folder.startsWith("timers.target"));
  const links = folders.flatMap((folder) => readdirSync(at(folder)).map((unit) => ({ unit, folder })));
  const units = [...new Set(links.map(({ unit }) => unit))].filter((unit) => unit.endsWith(".service")).sort();
  return units
    .filter((unit) => existsSync(at(unit)))
    .map((unit) => {
      const text = readFileSync(at(unit), "utf8");
      const moment = /^Before=.*\bpve-guests\.service\b/m.test(text) ? "before-guests" : "after-guests";
      const isRequired = links.some((link) => link.unit === unit && link.folder === "pve-guests.service.requires");
      return { unit, text, moment, isRequired };
    });
}

/** Whether a service is to start before the guests. */
export function hasEarlyUnits(machine: Machine): boolean {
  return enabledServices(machine).some(({ moment }) => moment === "before-guests");
}

/**
 * Starts the enabled services of a machine that boots, as far as they are of that moment.
 * @returns Whether guests and LRM may start: no unit that they require has failed.
 */
export async function startUnits(machine: Machine, bash: Program, moment: BootMoment): Promise<boolean> {
  const { events } = machine.site;
  let mayStart = true;
  for (const { unit, text, isRequired } of enabledServices(machine).filter((one) => one.moment === moment)) {
    const { status, stdout, stderr } = await runService(machine, bash, text);
    for (const line of `${stdout}${stderr}`.split("\n").filter((one) => one !== ""))
      events.record(machine.name, "journal", line, [unit]);
    events.record(machine.name, "unit", `${unit} ${status === 0 ? "done" : `failed (${status})`}`, [unit]);
    if (status !== 0 && isRequired) mayStart = false;
  }
  return mayStart;
}

function unknownVerb([verb = ""]: readonly string[]): CommandResult {
  return failed(1, `Unknown command verb '${verb}'.`);
}

/** A link to a file of the machine's own is no file of this machine: only that it is there counts. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function told(yes: boolean, word: string, otherwise: string, status: number): CommandResult {
  return yes ? printed(`${word}\n`) : { status, stdout: `${otherwise}\n`, stderr: "" };
}

/** Runs the command of a service of `Type=oneshot`, with the variables that the unit sets and no other. */
async function runService(machine: Machine, bash: Program, unit: string): Promise<CommandResult> {
  const values = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value.replaceAll("%%", "%"));
  const variables = Object.fromEntries(
    values("Environment").map((line) => {
      const [, name = "", value = ""] = /^"?([A-Z_]+)=(.*?)"?$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  const [command = ""] = values("ExecStart");
  const [program = "", ...argv] = command.split(" ");
  const name = program.split("/").at(-1) ?? "";
  machine.site.events.record(machine.name, "command", command, [name, ...argv]);
  const run = name === "bash" ? bash : machine.programs.get(name);
  return run === undefined
    ? failed(203, `Failed to execute ${program}: No such file or directory`)
    : run(argv, variables);
}
