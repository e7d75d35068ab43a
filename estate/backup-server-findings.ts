import { formerServersOf, type BackupServer } from "./backup-server";
import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Pool } from "./pool";
import { type Finding } from "./problem";
import { serverMemoryFor } from "./units/server-memory";
import { toBytes } from "./units/size";

/** What a server's place is judged by. */
export interface ServerSurroundings {
  /** Guests of the inventory. */
  readonly guests: readonly Guest[];
  /** Pools of the settings. */
  readonly pools: readonly Pool[];
  /** Names of all nodes. */
  readonly nodes: readonly string[];
  /** What was seen of the site. */
  readonly observation: Observation | undefined;
}

/** What an owner should know of the place at which the backups lie. */
export function backupServerFindings(server: BackupServer, site: ServerSurroundings): Finding[] {
  if (server.address === undefined) return noServerFindings(site);
  return [
    ...sharedDiskFindings(server, site),
    ...standbyFindings(server, site),
    ...nativeMemoryFindings(server, site),
    ...nativeZoneFindings(server, site),
    ...formerServerFindings(server, site),
  ];
}

/** TAPPaaS calls it a shim: what is wished is written down, and nobody does it. */
function noServerFindings({ guests }: ServerSurroundings): Finding[] {
  const wishing = guests.filter(({ backup }) => backup.covered).map(({ name }) => name);
  const advice =
    `there is none yet, so NOTHING IS BACKED UP: ${wishing.join(", ")} ${wishing.length === 1 ? "waits" : "wait"} for it; ` +
    "set backupServer.address of one that exists, or with it machine or onNode for one that is to be made";
  return [{ path: "backupServer", advice }];
}

/** A datastore on the disks that it protects: it helps against mistakes and not against the loss of those disks. */
function sharedDiskFindings(server: BackupServer, { guests, pools }: ServerSurroundings): Finding[] {
  const pool = pools.find(({ name, node }) => isBelow(server, name, node));
  const used = pool !== undefined && guests.some(({ storage, node }) => storage === pool.name && node === pool.node);
  if (!used) return [];
  const advice =
    `it lies on ${pool.name} of ${pool.node}, where guests live that it backs up: with those disks both are lost, ` +
    "so it counts as no copy; put it on disks of its own, and keep a second copy elsewhere";
  return [{ path: `datastore ${server.datastore}`, advice }];
}

function isBelow({ machine, path, node: at }: BackupServer, pool: string, node: string): boolean {
  if (at !== undefined && at !== node) return false;
  if (machine !== undefined) return machine.dataStorage === pool;
  return path.startsWith(`/${pool}/`);
}

/** With three nodes and more, one is there for the others to fail over to: it can be the one that keeps the backups. */
function standbyFindings({ node: at }: BackupServer, { guests, nodes }: ServerSurroundings): Finding[] {
  if (at === undefined || nodes.length < 3 || !guests.some(({ node }) => node === at)) return [];
  const standby = nodes.filter((name) => guests.every(({ node }) => node !== name));
  if (standby.length === 0) return [];
  const advice =
    `the backup server stands on a node whose guests it backs up, and ${standby.join(", ")} has no guest of its own; ` +
    "let it stand there, or outside of the cluster";
  return [{ path: `node ${at}`, advice }];
}

/** Beside the guests, as PBS reckons: 4 GiB, and 1 GiB for each TiB of the pool. */
function nativeMemoryFindings({ onNode, path }: BackupServer, { guests, observation }: ServerSurroundings): Finding[] {
  const memory = observation?.nodes?.items.find(({ name }) => name === onNode)?.memory;
  const pool = observation?.pools.items.find(({ name, node }) => node === onNode && path.startsWith(`/${name}/`));
  if (onNode === undefined || memory === undefined || pool === undefined) return [];
  const least = toBytes(serverMemoryFor(`${Math.max(1, Math.ceil(pool.size / GIB))} GiB`));
  const here = observation?.guests.items.filter(({ node, template }) => node === onNode && template !== true) ?? [];
  const coming = guests.filter(({ vmid, node }) => node === onNode && !here.some((seen) => seen.vmid === vmid));
  const used = here.reduce((sum, one) => sum + (one.memory ?? 0), 0);
  if (memory - used >= least) return [];
  const more = coming.length === 0 ? "" : `, and ${coming.map(({ name }) => name).join(", ")} are still to come`;
  const advice =
    `the backup server wants ${inGib(least)} GiB of memory for ${pool.name}, and beside its guests the node has ` +
    `${inGib(Math.max(0, memory - used))} of ${inGib(memory)} GiB${more}; give it more, or move guests`;
  return [{ path: `node ${onNode}`, advice }];
}

const GIB = 1024 ** 3;

function inGib(bytes: number): string {
  return String(Math.round((bytes / GIB) * 10) / 10);
}

/** It has its node's clock: where another node has another zone, pruning may run into the backup. */
function nativeZoneFindings({ onNode }: BackupServer, { observation }: ServerSurroundings): Finding[] {
  const zones = (observation?.nodes?.items ?? []).filter(({ timeZone }) => timeZone !== undefined);
  const own = zones.find(({ name }) => name === onNode);
  const other = zones.find(({ timeZone }) => timeZone !== own?.timeZone);
  if (own?.timeZone === undefined || other?.timeZone === undefined) return [];
  const advice = `its time zone is ${own.timeZone}, that of ${other.name} ${other.timeZone}: schedules are local time; give all nodes the same`;
  return [{ path: `node ${own.name}`, advice }];
}

/** A server that was replaced holds the data disk as well, and in two machines at once it would be destroyed. */
function formerServerFindings({ machine }: BackupServer, { observation }: ServerSurroundings): Finding[] {
  if (machine === undefined) return [];
  const advice =
    "the backup server that was here before: it has the data disk still, and must not be started. Once a restore from the new one " +
    "has worked, remove it: lift its protection, detach scsi1 first, then delete it";
  return formerServersOf(machine, observation).map((vmid) => ({ path: `guest vm:${vmid}`, advice }));
}
