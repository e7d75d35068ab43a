import { frequencyOf } from "./backup-buckets";
import { type Failover, type GuestFailover } from "./failover";
import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Pool } from "./pool";
import { type Finding } from "./problem";
import { guestId } from "./units/guest-id";
import { toBytes } from "./units/size";

/** What findings about failover are made from. */
export interface FailoverSurroundings {
  /** All guests of the site. */
  readonly guests: readonly Guest[];
  /** Its pools. */
  readonly pools: readonly Pool[];
  /** What was seen of it. */
  readonly observation: Observation | undefined;
  /** Node on which the backup server runs; undefined where it is a machine of its own. */
  readonly backupNode: string | undefined;
  /** Whether the settings name a machine that is no node and votes: the next run sets it up. */
  readonly wantsQuorumDevice: boolean;
}

/** What deserves a person's attention before a node dies. */
export function failoverFindings(failover: Failover, site: FailoverSurroundings): Finding[] {
  if (failover.guests.length === 0) return backupNodeFindings(failover, site);
  return [
    ...failover.guests.flatMap((one) => [
      ...poolFindings(one, site),
      ...processorFindings(one, site),
      ...backupFindings(one),
    ]),
    ...nodesOf(failover).flatMap((lost) => lossFindings(lost, failover, site)),
    ...site.guests.flatMap((guest) => snapshotFindings(guest, site)),
    ...formerJobFindings(failover, site),
    ...votesFindings(site),
    ...backupNodeFindings(failover, site),
  ];
}

/** Nodes from which something fails over. */
function nodesOf({ guests }: Failover): string[] {
  return [...new Set(guests.map(({ guest }) => guest.node))].sort();
}

/** Failover is for nodes that die; a disk that dies with the only copy of the last minutes is no failover. */
function poolFindings({ guest, failoverNodes }: GuestFailover, { pools }: FailoverSurroundings): Finding[] {
  const nodes = [guest.node, ...failoverNodes.map(({ node }) => node)];
  const single = pools.filter(
    ({ name, node, raidlevel }) => name === guest.storage && nodes.includes(node) && raidlevel === "single",
  );
  return single.map(({ name, node }) => ({
    path: nameOf(guest),
    advice: `its pool ${name} on ${node} is one disk, which dies more often than a node; give it a mirror`,
  }));
}

/** Replicas follow what is deleted or spoiled within minutes; then only a backup helps. */
function backupFindings({ guest }: GuestFailover): Finding[] {
  const often = frequencyOf(guest);
  if (often === "daily") return [];
  const advice =
    `it is important enough to fail over, and backed up ${often}: a fault in its data is on every replica after minutes, and then the ` +
    `last backup is what there is; leave out the wish for ${often}, and it is backed up every night`;
  return [{ path: nameOf(guest), advice }];
}

/** `host` shows the guest the node's own processor: it can be started on another, and not be moved to it while it runs. */
function processorFindings({ guest, failoverNodes }: GuestFailover, { observation }: FailoverSurroundings): Finding[] {
  const modelOf = (node: string) => observation?.nodes?.items.find(({ name }) => name === node)?.cpuModel;
  const seen = observation?.guests.items.find(({ vmid }) => vmid === guest.vmid);
  if (seen?.cpuType !== "host") return [];
  const home = modelOf(guest.node);
  return failoverNodes.flatMap(({ node }) => {
    const there = modelOf(node);
    if (home === undefined || there === undefined || home === there) return [];
    const advice =
      `it has processor type host, and ${node} (${there}) is not like ${guest.node} (${home}): failover starts it anew, but moving ` +
      `it back and forth takes a stop; give it a common type such as x86-64-v3`;
    return [{ path: nameOf(guest), advice }];
  });
}

/** Share of a node's memory that PVE itself and ZFS take; the rest is for guests. */
const FOR_GUESTS = 0.85;

/** With a node lost, everything that it gives away has to fit beside what is there, all together. */
function lossFindings(lost: string, { guests: watched }: Failover, site: FailoverSurroundings): Finding[] {
  const targets = [...new Set(watched.flatMap(({ failoverNodes }) => failoverNodes.map(({ node }) => node)))];
  return targets.flatMap((node) => {
    const coming = watched.filter(({ guest, failoverNodes }) => guest.node === lost && failoverNodes[0]?.node === node);
    const there = site.observation?.nodes?.items.find(({ name }) => name === node);
    if (coming.length === 0 || there === undefined) return [];
    const all = [...site.guests.filter((guest) => guest.node === node), ...coming.map(({ guest }) => guest)];
    const memory = sum(all.map((guest) => memoryOf(guest, site)));
    const cores = sum(all.map((guest) => coresOf(guest, site)));
    const path = `node ${node}`;
    const when = `when ${lost} is lost, ${coming.map(({ guest }) => guest.name).join(", ")} come here: then its guests`;
    const findings: Finding[] = [];
    if (there.memory !== undefined && memory > there.memory * FOR_GUESTS) {
      const has = `${gibibytes(memory)} of memory, and it has ${gibibytes(there.memory)}, of which guests can use about 85 %`;
      findings.push({ path, advice: `${when} want ${has}; spread HANode over more nodes, or give guests less` });
    }
    if (there.threads !== undefined && cores > there.threads) {
      const has = `${cores} cores, and it has ${there.threads} threads`;
      findings.push({
        path,
        advice: `${when} want ${has}: everything is slower meanwhile; spread HANode if that is too slow`,
      });
    }
    return findings;
  });
}

/** Snapshots of a disk that is not replicated hold the guest where it is. */
function snapshotFindings(guest: Guest, { observation }: FailoverSurroundings): Finding[] {
  const seen = observation?.guests.items.find(({ vmid }) => vmid === guest.vmid);
  if (seen?.snapshots !== true) return [];
  const typeOf = (storage: string | undefined) =>
    observation?.storages.items.find((entry) => entry.storage === storage)?.type ?? "zfspool";
  const held = seen.disks.filter(({ storage, unreplicated }) => typeOf(storage) !== "zfspool" || unreplicated === true);
  return held.map(({ slot, storage = "its node" }) => ({
    path: nameOf(guest),
    advice: `it has snapshots, and its ${slot} on ${storage} is not replicated: it cannot be moved to another node until they are removed`,
  }));
}

/** Jobs of a node that is no failover node any more: they go on, for what they hold may be wanted. */
function formerJobFindings({ guests }: Failover, { observation }: FailoverSurroundings): Finding[] {
  return (observation?.replication?.items ?? []).flatMap(({ id, target }) => {
    const vmid = Number(id.split("-")[0]);
    const own = guests.find(({ guest }) => guest.vmid === vmid);
    if (own === undefined || own.failoverNodes.some(({ job }) => id === `${vmid}-${job}`)) return [];
    const advice = `replication ${id} to ${target} goes on and is in no program; \`pvesr delete ${id}\` ends it with its copy`;
    return [{ path: nameOf(own.guest), advice }];
  });
}

/** Half of an even number of votes is no majority. */
function votesFindings({ observation, wantsQuorumDevice }: FailoverSurroundings): Finding[] {
  const { complete = false, items = [] } = observation?.nodes ?? {};
  const device = observation?.highAvailability?.items.some(({ kind }) => kind === "quorum-device") ?? false;
  if (!complete || items.length === 0) return [];
  const cure = "on a machine that is no node (quorumDevice in the settings, docs/how-to/quorum.md)";
  if (items.length % 2 === 0 && !device && !wantsQuorumDevice) {
    const advice = `${items.length} nodes have no majority when half of them are away, and then nothing fails over; add a QDevice ${cure}`;
    return [{ path: "cluster", advice }];
  }
  if (items.length % 2 === 1 && device) {
    const advice = `${items.length} nodes and a QDevice: it has ${items.length - 1} votes, and without it one node lost is a majority lost; take it away`;
    return [{ path: "cluster", advice }];
  }
  return [];
}

/** Backups that die with the node that they are there for. */
function backupNodeFindings({ guests: watched }: Failover, { guests, backupNode }: FailoverSurroundings): Finding[] {
  if (backupNode === undefined) return [];
  const at = guests.filter(({ node }) => node === backupNode).map(({ name }) => name);
  const coming = watched.filter(({ failoverNodes }) => failoverNodes.some(({ node }) => node === backupNode));
  const names = [...new Set([...at, ...coming.map(({ guest }) => guest.name)])];
  if (names.length === 0) return [];
  const advice = `the backup server runs here, and so do, or may, ${names.join(", ")}: with this node their backups are lost too; keep a second copy elsewhere`;
  return [{ path: `node ${backupNode}`, advice }];
}

function memoryOf({ vmid, memory }: Guest, { observation }: FailoverSurroundings): number {
  const seen = observation?.guests.items.find((one) => one.vmid === vmid)?.memory;
  return seen ?? (memory === undefined ? 0 : toBytes(memory));
}

function coresOf({ vmid, cores = 1 }: Guest, { observation }: FailoverSurroundings): number {
  return observation?.guests.items.find((one) => one.vmid === vmid)?.cores ?? cores;
}

function nameOf({ kind, vmid, name }: Guest): string {
  return `guest ${guestId(kind, vmid)} "${name}"`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function gibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 3)} GiB`;
}
