import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { ClusterLife } from "../life/cluster-life";
import { type PveNode } from "../node";
import { deviceAt, deviceOf, devicesOf } from "../quorum-device";
import { nodeFile } from "../../core/own-root";
import { failed, printed, type CommandResult, type Program } from "../../core/program";

/** Package that a node takes to ask a QDevice for its vote. */
export const QDEVICE_PACKAGE = "corosync-qdevice";

/** `pvecm qdevice setup|remove` and `pvecm status`; the rest is `otherwise`. Source: pve-cluster, src/PVE/CLI/pvecm.pm. */
export function withQuorumDevice(node: PveNode, otherwise: Program): Program {
  return async (argv) => {
    const [command, verb = ""] = argv;
    if (command === "status") return withDevice(node, await otherwise(argv));
    if (command !== "qdevice") return otherwise(argv);
    const life = ClusterLife.of(node.cluster);
    if (life === undefined)
      return failed(
        2,
        "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?",
      );
    if (verb === "setup") return setUp(node, life, argv.slice(2));
    if (verb === "remove") return remove(node, life);
    return failed(255, `ERROR: unknown command 'pvecm qdevice ${verb}'`);
  };
}

function setUp(node: PveNode, life: ClusterLife, words: readonly string[]): CommandResult {
  const address = words.find((word) => !word.startsWith("-")) ?? "";
  const isForced = words.some((word) => /^--?force/.test(word));
  const { nodes } = node.cluster;
  const offline = [...nodes.keys()].find((name) => !life.isOnline(name));
  if (offline !== undefined) return failed(255, `All nodes must be online! Node ${offline} is offline, aborting.`);
  if (deviceOf(node.cluster) !== undefined && !isForced) return failed(255, "QDevice already configured!");
  if (nodes.size % 2 === 1 && !isForced)
    return failed(255, "Clusters with an odd node count are not officially supported!");
  const device = deviceAt(node.site, address);
  if (device === undefined) return failed(255, `ssh: connect to host ${address} port 22: No route to host`);
  if (!isAuthorized(node, device.name)) return failed(255, `root@${address}: Permission denied (publickey,password).`);
  const lacking = [...nodes.values()].find(({ machine }) => !machine.installed.has(QDEVICE_PACKAGE));
  if (lacking !== undefined)
    return failed(255, `bash: line 1: corosync-qdevice-net-certutil: command not found (${lacking.name})`);
  devicesOf(node.cluster).change((draft) => (draft.configured = device.name));
  const votes = nodes.size % 2 === 0 ? 1 : nodes.size - 1;
  life.act((one) => {
    one.setDevice({ votes, place: device.place, up: true });
  });
  writeCorosyncConf(node);
  return printed(
    "INFO: initializing qnetd server\nINFO: add QDevice to cluster configuration\nReloading corosync.conf...\nDone\n",
  );
}

function remove(node: PveNode, life: ClusterLife): CommandResult {
  if (deviceOf(node.cluster) === undefined) return failed(255, "No QDevice configured!");
  devicesOf(node.cluster).change((draft) => Reflect.deleteProperty(draft, "configured"));
  life.act((one) => {
    one.setDevice(undefined);
  });
  writeCorosyncConf(node);
  return printed("\nRemoved Qdevice.\n");
}

function isAuthorized(node: PveNode, device: string): boolean {
  return devicesOf(node.cluster).value.authorized.includes(device);
}

/** The votes of a device, in the table where corosync-quorumtool has them. */
function withDevice(node: PveNode, told: CommandResult): CommandResult {
  const qdevice = ClusterLife.of(node.cluster)?.simulation.model.qdevice;
  if (told.status !== 0 || qdevice === undefined) return told;
  const isVoting = ClusterLife.of(node.cluster)?.simulation.isDeviceConnected() === true;
  const row = isVoting
    ? `0x00000000          ${qdevice.votes}            Qdevice`
    : `0x00000000          0            Qdevice (votes ${qdevice.votes})`;
  return printed(`${told.stdout}${row}\n`);
}

/** `ssh … root@ADDRESS COMMAND` of a node, as far as it goes to a machine that may lend its vote. */
export function ssh(node: PveNode): Program {
  return (argv) => {
    const at = argv.findIndex((word) => word.includes("@"));
    const address = argv[at]?.split("@")[1] ?? "";
    const device = deviceAt(node.site, address);
    if (device === undefined) return failed(255, `ssh: connect to host ${address} port 22: No route to host`);
    if (!isAuthorized(node, device.name))
      return failed(255, `root@${address}: Permission denied (publickey,password).`);
    const command = argv.slice(at + 1).join(" ");
    if (!command.includes("corosync-qnetd-certutil")) return printed("");
    return device.qnetd ? printed("/usr/bin/corosync-qnetd-certutil\n") : { status: 1, stdout: "", stderr: "" };
  };
}

/** What every node of a cluster reads in /etc/pve/corosync.conf. @see https://manpages.debian.org/corosync.conf */
export function writeCorosyncConf({ cluster, site }: PveNode): void {
  const device = deviceOf(cluster);
  const described = site.description.nodes.filter((one) => one.cluster === cluster.name);
  const members = described.map(
    ({ name, host }, index) =>
      `  node {\n    name: ${name}\n    nodeid: ${index + 1}\n    quorum_votes: 1\n    ring0_addr: ${site.prefix}.${host}\n  }\n`,
  );
  const vote =
    device === undefined
      ? ""
      : `  device {\n    model: net\n    net {\n      algorithm: ffsplit\n      host: ${site.prefix}.${device.host}\n      tls: on\n    }\n    votes: 1\n  }\n`;
  const text = `nodelist {\n${members.join("\n")}}\n\nquorum {\n${vote}  provider: corosync_votequorum\n}\n\ntotem {\n  cluster_name: ${String(cluster.name)}\n}\n`;
  for (const { name } of described) {
    const file = nodeFile(site, name, "/etc/pve/corosync.conf");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
