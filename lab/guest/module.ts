import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Boot, type GuestSystem, type Hardware, type InnerProcess } from "../core/guest-system";
import { Machine } from "../core/machine";
import { furnish } from "../core/own-root";
import { BackupServer } from "../pbs/backup-server";
import { BACKUP_SERVER_PACKAGE, offerBackupServer } from "../pbs/module";
import { apt } from "../ssh/apt";
import { CommandSocket } from "../ssh/command-socket";
import { startShell } from "../ssh/shell-command";
import { newPrivateKey, publicLine } from "../ssh/ssh-key";
import { curl, offerCloudflared } from "./cloudflared";
import { firstBoot } from "./cloud-init";
import { mountAll } from "./mount-unit";
import { OwnUnits } from "./own-unit";
import { programsOf } from "./programs";
import { type Debian, FRESH, readOwn } from "./system-state";

/** Where a machine without a network of the site's is: it answers nobody. */
const NOWHERE = "127.255.255.254";

/**
 * Boots a Debian cloud image: cloud-init with its user data at the first start, mounts, and a backup server once its package is
 * installed from Proxmox' own source. The way into it is the guest agent.
 */
export const bootGuest: Boot = async (hardware) => {
  const { site, name, address = NOWHERE, disks } = hardware;
  const machine = new Machine(site, name, address);
  site.machines.set(name, machine);
  const root = site.state.path("machines", name, "root");
  furnish(root);
  const state = site.state.document(`machines/${name}/system`, () => structuredClone(FRESH));
  const debian: Debian = { machine, root, disks, state };
  firstBoot(debian, hardware.userData);
  mountAll(debian);
  const units = new OwnUnits(debian);
  const socket = await bringUp(debian, units);
  units.startEnabled();
  return running(debian, hardware, socket, units);
};

/** Key of the host and certificate of the server lie where Debian and PBS have them. */
async function bringUp(debian: Debian, units: OwnUnits): Promise<CommandSocket> {
  const { machine, root, state } = debian;
  const { site, name } = machine;
  for (const directory of ["etc/ssh", "etc/systemd/system"]) mkdirSync(join(root, directory), { recursive: true });
  const hostKey = site.secret(`ssh host key of ${name}`, () => newPrivateKey(name));
  writeFileSync(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), `${publicLine(hostKey)} root@${name}\n`);
  await offerBackupServer(new BackupServer(machine), machine, false);
  guardPackage(debian);
  for (const program of ["apt", "apt-get"]) machine.programs.set(program, apt(machine));
  const isActive = (unit: string): boolean => isServed(state.value.packages, unit);
  for (const [program, run] of Object.entries(programsOf(debian, isActive, units))) machine.programs.set(program, run);
  machine.programs.set("curl", curl(debian));
  const socket = await CommandSocket.open([...machine.programs.keys()], ([program = "", ...argv]) => {
    site.events.record(name, "command", [program, ...argv].join(" "));
    const run = machine.programs.get(program);
    if (run === undefined) throw new Error(`${name} has no program "${program}".`);
    return run(argv);
  });
  machine.runs(socket);
  offerCloudflared(debian, socket.programs);
  return socket;
}

const SERVICES: Readonly<Record<string, string>> = {
  "proxmox-backup.service": BACKUP_SERVER_PACKAGE,
  "proxmox-backup-proxy.service": BACKUP_SERVER_PACKAGE,
  "qemu-guest-agent.service": "qemu-guest-agent",
  "ssh.service": "openssh-server",
};

function isServed(packages: readonly string[], unit: string): boolean {
  const needed = SERVICES[unit];
  return needed !== undefined && packages.includes(needed);
}

/** Debian's own sources do not have the backup server: Proxmox' have to be there, with the key that signs them. */
function guardPackage(debian: Debian): void {
  const { machine, root, state } = debian;
  const install = machine.packages.get(BACKUP_SERVER_PACKAGE);
  if (install === undefined) return;
  machine.packages.delete(BACKUP_SERVER_PACKAGE);
  const sources = readOwn(debian, "etc/apt/sources.list.d/proxmox-backup.sources") ?? "";
  const key = /^Signed-By: \/usr\/(\S+)$/m.exec(sources)?.[1];
  const isTrusted = key !== undefined && (readOwn(debian, `etc/usr/${key}`) ?? "") !== "";
  if (!isTrusted || !/^URIs: https?:\/\/\S*proxmox\.com\//m.test(sources)) return;
  machine.packages.set(BACKUP_SERVER_PACKAGE, async () => {
    const isNew = await install();
    if (isNew) state.change(({ packages }) => packages.push(BACKUP_SERVER_PACKAGE));
    await writeCertificate(machine, root);
    return isNew;
  });
}

async function writeCertificate(machine: Machine, root: string): Promise<void> {
  const { certificate } = await machine.site.authority.certificateFor(machine.name, machine.address);
  mkdirSync(join(root, "etc/proxmox-backup"), { recursive: true });
  writeFileSync(join(root, "etc/proxmox-backup/proxy.pem"), certificate);
}

function running(debian: Debian, { site, name }: Hardware, { programs }: CommandSocket, units: OwnUnits): GuestSystem {
  const { machine, root, state } = debian;
  const processes = new Map<number, InnerProcess>();
  let last = 1000;
  const exec = (argv: readonly string[], input: string): number => {
    last += 1;
    const pid = last;
    processes.set(pid, { exited: false, out: "", err: "" });
    site.events.record(name, "agent", argv.join(" "));
    const child = startShell(argv, { root, programs, variables: {} });
    const [out, err]: Buffer[][] = [[], []];
    child.stdout.on("data", (part: Buffer) => out?.push(part));
    child.stderr.on("data", (part: Buffer) => err?.push(part));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("close", (code) => {
      const left = { out: Buffer.concat(out ?? []).toString("utf8"), err: Buffer.concat(err ?? []).toString("utf8") };
      processes.set(pid, { exited: true, ...(code === null ? { signal: 9 } : { exitcode: code }), ...left });
    });
    return pid;
  };
  return {
    machine,
    hasAgent: () => state.value.packages.includes("qemu-guest-agent"),
    exec,
    process: (pid) => processes.get(pid),
    tunnelToken: () => units.tunnelToken(),
    stop: async () => {
      await machine.stop();
      site.machines.delete(name);
    },
  };
}
