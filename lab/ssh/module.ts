import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";

import { type Machine } from "../core/machine";
import { type Site } from "../core/site";
import { type NodeDescription } from "../core/site-description";
import { CommandSocket, type NodeCommand } from "./command-socket";
import { NodeZfsStore } from "./node-zfs-store";
import { newPrivateKey, publicLine } from "./ssh-key";
import { SshServer } from "./ssh-server";
import { zfs } from "./zfs/zfs";
import { zpool } from "./zfs/zpool";

/** Port of every node's SSH server: 22 is the machine's own. */
const SSH_PORT = 2222;

/** Starts the SSH server of a node, with `zpool` and `zfs` over its disks. */
export async function startSsh(site: Site, node: NodeDescription): Promise<void> {
  const machine = site.machine(node.name, node.host);
  const store = new NodeZfsStore(site, node.name);
  const socket = await CommandSocket.open(["zpool", "zfs", ...machine.programs.keys()], nodeCommands(machine, store));
  machine.runs(socket);
  const loginKey = site.secret("ssh login key", () => newPrivateKey("lab"));
  const hostKey = site.secret(`ssh host key of ${node.name}`, () => newPrivateKey(node.name));
  const server = await SshServer.listen({
    address: machine.address,
    port: SSH_PORT,
    hostKey,
    loginKey,
    root: nodeRoot(site, node.name),
    programs: socket.programs,
    onCommand: (command) => {
      const told = withoutPasswords(command);
      site.events.record(node.name, "shell", firstLine(told), [told]);
    },
    breaks: (moment) => site.faults.strikes(node.name, "ssh", `cut-${moment}-work`),
  });
  machine.runs(server);
  registerControls(site);
  const ssh = { host: machine.address, port: SSH_PORT, user: "root", hostKey: publicLine(hostKey) };
  site.sheet.node(node.name, { ssh: { ...ssh, privateKeyFile: privateKeyFile(site, loginKey) } });
}

/** What the lab's programs do, those that the machine's other subsystems brought included; each call is in the log. */
function nodeCommands(machine: Machine, store: NodeZfsStore): NodeCommand {
  const { events, clock } = machine.site;
  return ([program = "", ...argv]) => {
    const told = [program, ...argv].map((word, index, words) =>
      /^--?password$/.test(words[index - 1] ?? "") ? "***" : withoutPasswords(word),
    );
    events.record(machine.name, "command", told.join(" "), told);
    const alarm = (what: string) => {
      events.record(machine.name, "danger", what, [program, ...argv]);
    };
    const own = machine.programs.get(program);
    if (own !== undefined) return own(argv);
    return (program === "zpool" ? zpool : zfs)(argv, {
      read: store.read,
      write: store.write,
      now: () => clock.now(),
      alarm,
    });
  };
}

/** The node's own files, with the directories that PVE always has. */
function nodeRoot(site: Site, node: string): string {
  const root = site.state.path("machines", node, "root");
  for (const directory of ["root", "tmp", "etc/pve", "var/lib/vz/snippets"]) {
    mkdirSync(`${root}/${directory}`, { recursive: true });
  }
  copyFileSync(site.authority.caFile, `${root}/etc/pve/pve-root-ca.pem`);
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
