import { type ChildProcessWithoutNullStreams } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";

import { type Machine } from "../core/machine";
import { furnish } from "../core/own-root";
import { type CommandResult, type Program } from "../core/program";
import { type Site } from "../core/site";
import { type NodeDescription, type PbsDescription } from "../core/site-description";
import { curl } from "./curl";
import { Links } from "../link/links";
import { nft, wg, wgQuick } from "../link/programs";
import { apt, aptCache, dpkg, dpkgQuery } from "./apt";
import { CommandSocket, type NodeCommand } from "./command-socket";
import { NodeZfsStore } from "./node-zfs-store";
import { newPrivateKey, publicLine } from "./ssh-key";
import { SshServer } from "./ssh-server";
import { startShell } from "./shell-command";
import { hasEarlyUnits, startUnits, systemctl } from "./systemctl";
import { type ZfsContext } from "./zfs/node-zfs";
import { zfs } from "./zfs/zfs";
import { zpool } from "./zfs/zpool";

/** Port of every node's SSH server: 22 is the machine's own. */
const SSH_PORT = 2222;

/** Starts the SSH server of a machine with its programs; on a node, `zpool` and `zfs` over its disks besides. */
export async function startSsh(site: Site, { name, host }: NodeDescription | PbsDescription): Promise<void> {
  const machine = site.machine(name, host);
  const isNode = site.description.nodes.some((node) => node.name === name);
  const hasZfs = isNode || site.description.pbs.some((server) => server.name === name && server.instance === true);
  if (hasZfs) for (const [program, run] of Object.entries(zfsPrograms(machine))) machine.programs.set(program, run);
  // The socket knows the programs' names only once all are there, systemctl among them.
  const own = { root: site.state.path("machines", name, "root"), programs: "" };
  const bash: Program = (argv, variables = {}) => {
    const takeIn = machine.showFiles();
    return ranToItsEnd(startShell(["bash", ...argv], { ...own, variables })).finally(takeIn);
  };
  const links = await Links.of(machine);
  const brought = {
    systemctl: wgQuick(links, systemctl(machine, bash, machine.programs.get("systemctl"))),
    curl: machine.programs.get("curl") ?? curl(machine),
    "apt-cache": aptCache(machine),
    "dpkg-query": dpkgQuery(machine),
    dpkg,
    wg: wg(links),
    nft: nft(links),
  };
  for (const [program, run] of Object.entries(brought)) machine.programs.set(program, run);
  for (const program of ["apt", "apt-get"]) machine.programs.set(program, apt(machine));
  const socket = await CommandSocket.open([...machine.programs.keys()], logged(machine));
  own.programs = socket.programs;
  machine.shellPrograms = socket.programs;
  machine.runs(socket);
  machine.hasEarlyUnits = () => hasEarlyUnits(machine);
  machine.startUnits = (moment) => startUnits(machine, bash, moment);
  const loginKey = site.secret("ssh login key", () => newPrivateKey("lab"));
  const hostKey = site.secret(`ssh host key of ${name}`, () => newPrivateKey(name));
  const server = await SshServer.listen({
    address: machine.address,
    port: SSH_PORT,
    hostKey,
    loginKey,
    root: isNode ? nodeRoot(site, name) : machineRoot(site, name, ["root", "tmp", "etc/systemd/system"]),
    programs: socket.programs,
    onCommand: (command) => {
      const told = withoutPasswords(command);
      site.events.record(name, "shell", firstLine(told), [told]);
    },
    showFiles: () => machine.showFiles(),
    breaks: (moment) => machine.isUnplugged || site.faults.strikes(name, "ssh", `cut-${moment}-work`),
  });
  machine.runs(server);
  registerControls(site);
  const access = { host: machine.address, port: SSH_PORT, user: "root", hostKey: publicLine(hostKey) };
  const ssh = { ...access, privateKeyFile: privateKeyFile(site, loginKey) };
  if (isNode) site.sheet.node(name, { ssh });
  // A server on a node has no shell of its own.
  for (const server of site.description.pbs.filter((one) => one.host === host)) site.sheet.pbs(server.name, { ssh });
}

/** What a service's own shell leaves. */
function ranToItsEnd(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  child.stdin.end();
  return new Promise((resolve) => {
    child.on("close", (code) => {
      const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString("utf8");
      resolve({ status: code ?? 255, stdout: text(out), stderr: text(err) });
    });
  });
}

function zfsPrograms(machine: Machine): Record<string, Program> {
  const { events, clock } = machine.site;
  const { read, write } = new NodeZfsStore(machine.site, machine.name);
  const context = (program: string, argv: readonly string[]): ZfsContext => ({
    read,
    write,
    now: () => clock.now(),
    alarm: (what) => {
      events.record(machine.name, "danger", what, [program, ...argv]);
    },
  });
  return {
    zpool: (argv) => zpool(argv, context("zpool", argv)),
    zfs: (argv) => zfs(argv, context("zfs", argv)),
  };
}

/** The machine's programs, each call in the log with its exact arguments. */
function logged(machine: Machine): NodeCommand {
  return ([program = "", ...argv], variables) => {
    const told = [program, ...argv].map((word, index, words) =>
      /^--?password$/.test(words[index - 1] ?? "") ? "***" : withoutPasswords(word),
    );
    machine.site.events.record(machine.name, "command", told.join(" "), told);
    const run = machine.programs.get(program);
    if (run === undefined) throw new Error(`${machine.name} has no program "${program}".`);
    return run(argv, variables);
  };
}

/** The node's own files, with the directories that PVE always has. */
function nodeRoot(site: Site, node: string): string {
  const root = machineRoot(site, node, ["root", "tmp", "etc/pve", "etc/systemd/system", "var/lib/vz/snippets"]);
  // The key by which a node trusts Proxmox' packages; the lab signs none.
  mkdirSync(`${root}/etc/apt/trusted.gpg.d`, { recursive: true });
  writeFileSync(`${root}/etc/apt/trusted.gpg.d/proxmox-release-trixie.gpg`, "the lab's own\n");
  copyFileSync(site.authority.caFile, `${root}/etc/pve/pve-root-ca.pem`);
  return root;
}

function machineRoot(site: Site, machine: string, directories: readonly string[]): string {
  const root = site.state.path("machines", machine, "root");
  furnish(root);
  for (const directory of directories) mkdirSync(`${root}/${directory}`, { recursive: true });
  return root;
}

function privateKeyFile(site: Site, key: string): string {
  const file = site.state.path("ssh", "login_ed25519");
  writeFileSync(file, key, { mode: 0o600 });
  return file;
}

/** A command line as the log may hold it: who passes a password as an argument shows it to the machine, not to the log. */
function withoutPasswords(command: string): string {
  return command.replace(/(--?password(?:=|\s+))('[^']*'|"[^"]*"|\S+)/g, "$1***");
}

function firstLine(command: string): string {
  const [line = "", ...more] = command.split("\n");
  return more.length === 0 ? line : `${line} …`;
}

/**
 * `pull-disk {machine, disk, missing}`: a disk leaves the node or comes back. `pool-from-elsewhere {machine, pool}`: an
 * exported pool looks as if another machine had used it last. What ran is in
 * `events {machine, kind}`: kind `shell` came over SSH, `command` is the lab's own program, `danger` destroys or forces.
 */
function registerControls(site: Site): void {
  if (site.control.names().includes("pull-disk")) return;
  site.control.register("pull-disk", ({ machine, disk, missing }) => {
    new NodeZfsStore(site, String(machine)).setMissing(String(disk), missing !== false);
  });
  site.control.register("pool-from-elsewhere", ({ machine, pool }) => {
    const store = new NodeZfsStore(site, String(machine));
    const state = store.read();
    const pools = state.pools.map((known) => (known.name === pool ? { ...known, state: "foreign" as const } : known));
    store.write({ ...state, pools });
  });
}
