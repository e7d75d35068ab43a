import { statSync } from "node:fs";

import { failed, printed, type CommandResult, type Program } from "../core/program";
import { mount } from "./mount-unit";
import { type OwnUnits } from "./own-unit";
import { devicePath, type Debian } from "./system-state";

/** What the services of this system are doing. */
export type Services = (unit: string) => boolean;

/** Programs of a Debian that would else look at the machine that runs the lab. */
export function programsOf(debian: Debian, isActive: Services, units: OwnUnits): Record<string, Program> {
  return {
    blockdev: (argv) => blockdev(debian, argv),
    "cloud-init": () => printed("status: done\n"),
    dpkg: (argv) => (argv.join(" ") === "--configure -a" ? printed("") : failed(2, "dpkg: error: unknown option")),
    "dpkg-query": (argv) => dpkgQuery(debian, argv),
    findmnt: (argv) => findmnt(debian, argv),
    lsblk: (argv) => lsblk(debian, argv),
    systemctl: (argv) => systemctl(debian, argv, (unit) => isActive(unit) || units.isActive(unit), units),
    timedatectl: (argv) => timedatectl(debian, argv),
  };
}

function plain(argv: readonly string[]): string[] {
  return argv.filter((word) => !word.startsWith("-"));
}

function blockdev({ disks }: Debian, argv: readonly string[]): CommandResult {
  const disk = disks.find((one) => devicePath(one) === argv[1]);
  if (argv[0] !== "--getsize64" || disk === undefined)
    return failed(1, `blockdev: cannot open ${argv[1] ?? ""}: No such file or directory`);
  return printed(`${statSync(disk.file).size}\n`);
}

function lsblk({ disks }: Debian, argv: readonly string[]): CommandResult {
  const device = argv.at(-1) ?? "";
  const disk = disks.find((one) => devicePath(one) === device);
  if (disk === undefined) return failed(32, `lsblk: ${device}: not a block device`);
  return printed(`sd${String.fromCharCode(97 + Number(disk.key.replace(/\D/g, "")))}\n`);
}

function findmnt({ state }: Debian, argv: readonly string[]): CommandResult {
  const where = argv.at(-1) ?? "";
  const found = state.value.mounted.find((one) => one.where === where);
  if (found === undefined) return failed(1, "");
  return printed(argv.includes("UUID") ? `${found.uuid}\n` : `${where} ${found.uuid}\n`);
}

function dpkgQuery({ state }: Debian, argv: readonly string[]): CommandResult {
  const name = argv.at(-1) ?? "";
  if (state.value.packages.includes(name)) return printed("installed");
  return failed(1, `dpkg-query: no packages found matching ${name}`);
}

function timedatectl({ state }: Debian, argv: readonly string[]): CommandResult {
  const [verb, zone] = argv;
  if (verb === "show") return printed(`${state.value.timeZone}\n`);
  if (verb !== "set-timezone" || zone === undefined) return failed(1, `Unknown command verb ${verb ?? ""}.`);
  state.change((draft) => (draft.timeZone = zone));
  return printed("");
}

function systemctl(debian: Debian, argv: readonly string[], isActive: Services, units: OwnUnits): CommandResult {
  const [verb = "", ...named] = plain(argv);
  if (verb === "daemon-reload") return printed("");
  if (verb === "is-active") {
    const inactive = named.find((unit) => !isActive(unit));
    return inactive === undefined ? printed("active\n") : { status: 3, stdout: "inactive\n", stderr: "" };
  }
  if (verb === "disable" || verb === "stop") return ended(argv, units);
  if (!["enable", "start", "restart"].includes(verb)) return failed(1, `Unknown command verb '${verb}'.`);
  const missing = named.find((unit) => !unit.endsWith(".mount") && !isActive(unit) && !units.has(unit));
  if (missing !== undefined) return failed(5, `Failed to ${verb} unit: Unit ${missing} not found.`);
  if (verb === "enable") debian.state.change((draft) => (draft.enabled = [...new Set([...draft.enabled, ...named])]));
  if (verb === "enable" && !argv.includes("--now")) return printed("");
  const fault =
    named
      .filter((unit) => unit.endsWith(".mount"))
      .map((unit) => mount(debian, unit))
      .find((one) => one !== undefined) ?? startedOwn(named, units);
  return fault === undefined ? printed("") : failed(1, fault);
}

/** Starts services that somebody wrote; what is wrong with the first that does not run. */
function startedOwn(named: readonly string[], units: OwnUnits): string | undefined {
  return named
    .filter((unit) => units.has(unit))
    .map((unit) => units.start(unit))
    .find((one) => one !== undefined);
}

function ended(argv: readonly string[], units: OwnUnits): CommandResult {
  const [verb = "", ...named] = plain(argv);
  const missing = named.find((unit) => !units.has(unit));
  if (missing !== undefined) return failed(1, `Failed to ${verb} unit: Unit ${missing} does not exist.`);
  for (const unit of named) {
    if (verb === "disable") units.disable(unit);
    if (verb === "stop" || argv.includes("--now")) units.stop(unit);
  }
  return printed("");
}
