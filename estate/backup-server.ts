import { type Guest } from "./guest";
import { type Inventory } from "./inventory";
import { type Observation } from "./observation";
import { type Problem } from "./problem";
import { type ServerMachine } from "./server-machine-settings";
import { type Settings } from "./settings";
import { type SshSettings } from "./ssh-settings";
import { type Fingerprint } from "./units/fingerprint";
import { MOUNT_POINT } from "./units/mount-point";
import { dataMachineName, serverMachineName } from "./units/server-machine-name";
import { serverMemoryFor } from "./units/server-memory";
import { toBytes } from "./units/size";

/** The Proxmox Backup Server of a site. */
export interface BackupServer {
  /** Name or address; undefined while there is no backup server: then what guests wish is written down, and nothing is backed up. */
  readonly address: string | undefined;
  /** TCP port. */
  readonly port: number;
  /** SHA-256 fingerprint of its certificate; undefined when the certificate is publicly trusted, or read from our own machine. */
  readonly fingerprint: Fingerprint | undefined;
  /** Name of the datastore. */
  readonly datastore: string;
  /** Path of the datastore on the server. */
  readonly path: string;
  /** User with which PVE writes backups. */
  readonly user: string;
  /** Name of that user's API token. */
  readonly tokenName: string;
  /** Moment at which a new secret was last ordered for it; undefined when none ever was. */
  readonly tokenRotation: string | undefined;
  /** Node on which the program installs it; undefined when it does not. */
  readonly onNode: string | undefined;
  /** Node with which it is lost: on which it stands, natively or as a machine; undefined where it is a machine of its own. */
  readonly node: string | undefined;
  /** Way to a root shell of its machine; undefined where there is none. */
  readonly ssh: SshSettings | undefined;
  /** The machine in which we make it; undefined when it exists and is reached by its address. */
  readonly machine: ServerMachine | undefined;
}

/** Backup server of the settings, its datastore named as TAPPaaS' backup module says where the settings are silent. */
export function backupServerOf({ backupServer, nodes }: Settings, { backup }: Inventory): BackupServer {
  const { datastore, ...server } = backupServer;
  const name = datastore.name ?? backup?.datastore ?? "tappaas_backup";
  const usual = server.machine === undefined ? `/${backup?.pool ?? "tankc1"}` : MOUNT_POINT;
  const path = datastore.path ?? `${usual}/${name}`;
  const { address, fingerprint, tokenRotation, machine, onNode } = server;
  const node = backupNodeOf({ backupServer, nodes });
  const ssh = serverShellOf({ backupServer, nodes });
  return { ...server, address, fingerprint, tokenRotation, datastore: name, path, onNode, node, machine, ssh };
}

/** Way to a root shell of the machine on which the backup server runs; a node's where it stands on one, undefined where there is none. */
export function serverShellOf(settings: Pick<Settings, "backupServer" | "nodes">): SshSettings | undefined {
  const { ssh, machine } = settings.backupServer;
  const node = machine === undefined ? backupNodeOf(settings) : undefined;
  return ssh ?? (node === undefined ? undefined : settings.nodes[node]?.ssh);
}

/** Node with which the backup server is lost; undefined where it is a machine of its own. */
export function backupNodeOf({ backupServer, nodes }: Pick<Settings, "backupServer" | "nodes">): string | undefined {
  const { address, machine, onNode } = backupServer;
  const named = onNode ?? machine?.node;
  return named ?? Object.entries(nodes).find(([, { api }]) => new URL(api).hostname === address)?.[0];
}

/**
 * VMIDs of the server's own machines: they are in no inventory, and in no backup. A server whose place another number took is among them,
 * as long as it was seen.
 */
export function ownGuestsOf({ backupServer: { machine } }: Settings, observation?: Observation): ReadonlySet<number> {
  if (machine === undefined) return new Set();
  return new Set([machine.vmid, machine.dataVmid, ...formerServersOf(machine, observation)]);
}

/** VMIDs of servers that the program made before this one, by the names that it gives. */
export function formerServersOf(machine: ServerMachine, observation: Observation | undefined): number[] {
  const seen = observation?.guests.items ?? [];
  const made = seen.filter(({ kind, vmid, name }) => kind === "vm" && name === serverMachineName(vmid));
  return made.map(({ vmid }) => vmid).filter((vmid) => vmid !== machine.vmid);
}

/** What keeps a machine of ours from becoming the backup server. */
export function backupServerProblems(
  settings: Settings,
  guests: readonly Guest[],
  observation: Observation | undefined,
): Problem[] {
  const { address, port, fingerprint, datastore, machine } = settings.backupServer;
  if (address === undefined && (machine !== undefined || settings.backupServer.onNode !== undefined))
    return [{ path: "backupServer.address", expected: "the address that the server gets", cure: "write it" }];
  if (address === undefined || machine === undefined) return onNodeProblems(settings);
  const at = (key: string) => `backupServer.machine.${key}`;
  const problems = onNodeProblems(settings);
  const names = Object.keys(settings.nodes);
  if (!names.includes(machine.node))
    problems.push({
      path: at("node"),
      expected: `one of ${names.join(", ")}`,
      got: `"${machine.node}"`,
      cure: "correct it",
    });
  for (const key of ["vmid", "dataVmid"] as const) {
    const guest = guests.find(({ vmid }) => vmid === machine[key]);
    if (guest === undefined) continue;
    const cure = "take a free number, or take it out of the inventory";
    problems.push({ path: at(key), expected: "a machine of its own", got: `that of ${guest.name}`, cure });
  }
  if (machine.vmid === machine.dataVmid)
    problems.push({ path: at("dataVmid"), expected: "another machine than the server's", cure: "take a free number" });
  if (!/^\d+(?:\.\d+){3}$/.test(address))
    problems.push({
      path: "backupServer.address",
      expected: "an IPv4 address, which the machine gets",
      got: `"${address}"`,
      cure: "correct it",
    });
  problems.push(...portProblems(port));
  if (fingerprint !== undefined)
    problems.push({
      path: "backupServer.fingerprint",
      expected: "none: it is read inside the machine",
      cure: "remove it",
    });
  if (datastore.path !== undefined)
    problems.push({
      path: "backupServer.datastore.path",
      expected: "none: it lies on the data disk",
      cure: "remove it",
    });
  return [
    ...problems,
    ...foreignProblems(machine, observation),
    ...memoryProblems(machine),
    ...zoneProblems(machine, observation),
  ];
}

/** What keeps a node from becoming the backup server besides. */
function onNodeProblems({ backupServer: { onNode, port, machine }, nodes }: Settings): Problem[] {
  if (onNode === undefined) return [];
  const problems: Problem[] = [];
  const path = "backupServer.onNode";
  const names = Object.keys(nodes);
  if (!names.includes(onNode))
    problems.push({ path, expected: `one of ${names.join(", ")}`, got: `"${onNode}"`, cure: "correct it" });
  if (machine !== undefined)
    problems.push({ path, expected: "none beside backupServer.machine", got: `"${onNode}"`, cure: "decide for one" });
  problems.push(...portProblems(port));
  return problems;
}

/**
 * A guest of somebody else's under a number of ours. The machines that we make have the names of {@link serverMachineName}, from
 * the order on by which they are made.
 */
function foreignProblems(machine: ServerMachine, observation: Observation | undefined): Problem[] {
  const ours = { vmid: serverMachineName(machine.vmid), dataVmid: dataMachineName(machine.dataVmid) };
  return (["vmid", "dataVmid"] as const).flatMap((key) => {
    const seen = observation?.guests.items.find(({ vmid }) => vmid === machine[key]);
    if (seen === undefined || (seen.kind === "vm" && seen.name === ours[key])) return [];
    const what = seen.kind === "ct" ? "container" : "virtual machine";
    const got = `the ${what} "${seen.name}" on ${seen.node}, which is not ours`;
    const cure = `take a free number; if it is ours, give it its name "${ours[key]}" back; then \`make observe\``;
    return [{ path: `backupServer.machine.${key}`, expected: "a number that is free, or our own machine", got, cure }];
  });
}

function portProblems(port: number): Problem[] {
  if (port === PORT) return [];
  const expected = `${PORT}, which the server has`;
  return [{ path: "backupServer.port", expected, got: String(port), cure: "remove it" }];
}

/** Port of a server that nobody moved. */
const PORT = 8007;

function memoryProblems({ memory, dataSize }: ServerMachine): Problem[] {
  const path = "backupServer.machine";
  if (toBytes(dataSize) % 1024 ** 3 !== 0 || toBytes(dataSize) === 0)
    return [{ path: `${path}.dataSize`, expected: "whole GiB", got: `"${dataSize}"`, cure: "round it up" }];
  const least = serverMemoryFor(dataSize);
  if (memory === undefined || toBytes(memory) >= toBytes(least)) return [];
  const expected = `at least "${least}" for a data disk of "${dataSize}"`;
  return [{ path: `${path}.memory`, expected, got: `"${memory}"`, cure: "give it more, or leave it out" }];
}

/** Schedules are local time on either side: in two zones, pruning may run into the backup. */
function zoneProblems({ timeZone }: ServerMachine, observation: Observation | undefined): Problem[] {
  const other = (observation?.nodes?.items ?? []).find(
    (node) => node.timeZone !== undefined && node.timeZone !== timeZone,
  );
  if (other?.timeZone === undefined) return [];
  const expected = `the time zone of ${other.name}, "${other.timeZone}"`;
  return [{ path: "backupServer.machine.timeZone", expected, got: `"${timeZone}"`, cure: "write that one" }];
}
