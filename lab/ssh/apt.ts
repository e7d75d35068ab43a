import { type Machine } from "../core/machine";
import { type CommandResult, failed, printed, type Program } from "../core/program";

/** Packages that bring nothing to the lab beyond their name. */
const PLAIN = ["ca-certificates", "curl", "gnupg", "proxmox-backup-client"];

/**
 * `apt` and `apt-get` of a machine: `update`, and `install` of what the machine's subsystems offer. It stands in the way of the
 * real one, too: a script on a machine of the lab installs nothing on the machine that runs the lab.
 */
export function apt(machine: Machine): Program {
  return async (argv) => {
    const [verb = "", ...packages] = argv.filter((word) => !word.startsWith("-"));
    if (verb === "update") return printed("Reading package lists... Done\n");
    if (verb !== "install") return failed(100, `E: Invalid operation ${verb}`);
    const unknown = packages.find((name) => !PLAIN.includes(name) && !machine.packages.has(name));
    if (unknown !== undefined) return failed(100, `E: Unable to locate package ${unknown}`);
    return install(machine, packages);
  };
}

async function install(machine: Machine, packages: readonly string[]): Promise<CommandResult> {
  const lines: string[] = [];
  for (const name of packages) {
    const isNew = (await machine.packages.get(name)?.()) ?? true;
    lines.push(isNew ? `Setting up ${name} ...` : `${name} is already the newest version.`);
  }
  return printed(`Reading package lists... Done\n${lines.join("\n")}\n`);
}
