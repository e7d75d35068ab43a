import { type Machine } from "../core/machine";
import { type CommandResult, failed, printed, type Program } from "../core/program";

/** Packages that bring nothing to the lab beyond their name. */
const PLAIN = ["ca-certificates", "curl", "gnupg", "nftables", "proxmox-backup-client", "wireguard-tools"];
/** Packages of a machine that becomes one of Proxmox' at its first start: the lab has their kernel and ZFS from the beginning. */
const FIRST_START = ["proxmox-default-kernel", "proxmox-ve", "zfsutils-linux"];

/**
 * `apt` and `apt-get` of a machine: `update`, and `install` of what the machine's subsystems offer. It stands in the way of the
 * real one, too: a script on a machine of the lab installs nothing on the machine that runs the lab.
 */
export function apt(machine: Machine): Program {
  return async (argv) => {
    const [verb = "", ...packages] = argv.filter((word) => !word.startsWith("-"));
    if (verb === "update") return printed("Reading package lists... Done\n");
    if (verb !== "install") return failed(100, `E: Invalid operation ${verb}`);
    const unknown = packages.find((name) => !isKnown(machine, name));
    if (unknown !== undefined) return failed(100, `E: Unable to locate package ${unknown}`);
    return install(machine, packages);
  };
}

function isKnown(machine: Machine, name: string): boolean {
  if (FIRST_START.includes(name) || /^\/tmp\/\S+\/amazon-ssm-agent\.deb$/.test(name)) return true;
  return PLAIN.includes(name) || machine.installed.has(name) || (machine.packages.has(name) && machine.offers(name));
}

/** `apt-cache policy` of one package: whether it is installed, and whether a source has it. */
export function aptCache(machine: Machine): Program {
  return ([verb, name = ""]) => {
    if (verb !== "policy") return failed(100, `E: Invalid operation ${verb ?? ""}`);
    if (!PLAIN.includes(name) && !machine.packages.has(name)) return printed("");
    const version = (there: boolean) => (there ? VERSION : "(none)");
    const lines = [`${name}:`, `  Installed: ${version(machine.installed.has(name))}`];
    return printed([...lines, `  Candidate: ${version(isKnown(machine, name))}`, ""].join("\n"));
  };
}

/** Version of all that there is. */
const VERSION = "4.2.3-1";

/** `dpkg-query -W -f FORMAT` of one package. */
export function dpkgQuery(machine: Machine): Program {
  return (argv) => {
    const name = argv.at(-1) ?? "";
    if (!machine.installed.has(name)) return failed(1, `dpkg-query: no packages found matching ${name}`);
    return printed(argv.some((word) => word.includes("Version")) ? VERSION : "installed");
  };
}

/** `dpkg --configure -a`: nothing was ever left half done. */
export const dpkg: Program = (argv) =>
  argv.join(" ") === "--configure -a" ? printed("") : failed(2, "dpkg: error: unknown option");

async function install(machine: Machine, packages: readonly string[]): Promise<CommandResult> {
  const lines: string[] = [];
  for (const name of packages) {
    const isNew = (await machine.packages.get(name)?.()) ?? true;
    if (PLAIN.includes(name)) machine.installed.add(name);
    lines.push(isNew ? `Setting up ${name} ...` : `${name} is already the newest version.`);
  }
  return printed(`Reading package lists... Done\n${lines.join("\n")}\n`);
}
