import { type Failover, type GuestFailover } from "./failover";
import { ruleProblems } from "./failover-rules";
import { type Observation, type ObservedGuest } from "./observation";
import { type Pool } from "./pool";
import { type Problem } from "./problem";

/** What is looked at for one guest and one node that is to take over. */
interface Passage {
  readonly failover: GuestFailover;
  readonly node: string;
  readonly seen: ObservedGuest | undefined;
  readonly pools: readonly Pool[];
  readonly observation: Observation | undefined;
}

/**
 * What PVE would refuse, and what would fail on the day on which it is needed: said before anything is declared. What was not
 * observed is held against nobody.
 */
export function failoverProblems(
  { guests }: Failover,
  nodes: readonly string[],
  pools: readonly Pool[],
  observation: Observation | undefined,
): Problem[] {
  const perNode = guests.flatMap((failover) =>
    failover.failoverNodes.flatMap(({ node }) => {
      const seen = observation?.guests.items.find(({ vmid }) => vmid === failover.guest.vmid);
      const passage = { failover, node, seen, pools, observation };
      return nodes.includes(node) ? passageProblems(passage) : [unknownNode(passage, nodes)];
    }),
  );
  return [...ruleProblems(guests, observation), ...perNode];
}

function passageProblems(passage: Passage): Problem[] {
  return [...diskProblems(passage), ...storageProblems(passage), ...sizeProblems(passage), ...bridgeProblems(passage)];
}

/** What an owner writes to go on without failover. */
const WITHOUT = 'or set HANode to "NONE", which leaves the guest without failover';

function unknownNode({ failover: { guest }, node }: Passage, nodes: readonly string[]): Problem {
  const expected = `a failover node in the settings, ${nodes.join(", ")}`;
  return {
    path: `${guest.source}: HANode`,
    expected,
    got: `"${node}"`,
    cure: "add the node to the settings or correct it",
  };
}

/** PVE replicates ZFS volumes alone; a guest comes up elsewhere with all its disks or not at all. */
function diskProblems({ failover: { guest }, seen, node, observation }: Passage): Problem[] {
  const path = `${guest.source}: HANode`;
  return (seen?.disks ?? []).flatMap(({ slot, volume, storage, unreplicated }) => {
    const expected = `each disk of ${guest.name} to be replicated to ${node}`;
    if (unreplicated === true) {
      return [{ path, expected, got: `${slot} with replicate=0`, cure: `take that off in PVE, ${WITHOUT}` }];
    }
    const type = observation?.storages.items.find((entry) => entry.storage === storage)?.type;
    if (storage !== undefined && (type === undefined || type === "zfspool" || SHARED.has(type))) return [];
    const got = `${slot} (${volume}) on ${storage === undefined ? "the node itself" : `${storage}, of type ${type ?? ""}`}`;
    return [{ path, expected, got, cure: `move it to a ZFS pool that both nodes have, ${WITHOUT}` }];
  });
}

/** Types of storage that every node reaches. Source: pve-storage, `shared` of each plugin. */
const SHARED: ReadonlySet<string> = new Set(["nfs", "cifs", "cephfs", "rbd", "iscsi", "iscsidirect", "zfs"]);

/** The same storage on both nodes, under the same name: PVE looks for nothing else. */
function storageProblems({ failover: { guest }, seen, node, pools, observation }: Passage): Problem[] {
  const names = new Set([guest.storage, ...(seen?.disks ?? []).flatMap(({ storage }) => storage ?? [])]);
  const path = `${guest.source}: HANode`;
  return [...names].flatMap((storage) => {
    const entry = observation?.storages.items.find((one) => one.storage === storage);
    if (entry !== undefined && entry.type !== "zfspool") return [];
    const pool = (entry?.pool ?? storage).split("/")[0] ?? storage;
    const expected = `${storage} on ${node}, to which ${guest.name} fails over`;
    if (entry?.nodes?.includes(node) === false) {
      const all = [...entry.nodes, node].join(",");
      return [
        {
          path,
          expected,
          got: `an entry for ${entry.nodes.join(", ")} alone`,
          cure: `\`pvesm set ${storage} --nodes ${all}\``,
        },
      ];
    }
    if (hasPool(pool, node, pools, observation)) return [];
    return [{ path, expected, got: `no pool ${pool} there`, cure: `make it, name another HANode, ${WITHOUT}` }];
  });
}

/** A pool that the settings declare is made; one that was seen is there; unseen is wrong only where all was seen. */
function hasPool(pool: string, node: string, pools: readonly Pool[], observation: Observation | undefined): boolean {
  const declared = pools.some((one) => one.name === pool && one.node === node);
  const { complete = false, items = [] } = observation?.pools ?? {};
  return declared || !complete || items.some((one) => one.name === pool && one.node === node);
}

/** KVM starts no guest with more processors than the node has threads, nor one that is larger than its memory. */
function sizeProblems({ failover: { guest }, seen, node, observation }: Passage): Problem[] {
  const there = observation?.nodes?.items.find(({ name }) => name === node);
  const needs = { cores: seen?.cores ?? guest.cores, memory: seen?.memory };
  const path = `${guest.source}: HANode`;
  const problems: Problem[] = [];
  if (there?.threads !== undefined && needs.cores !== undefined && needs.cores > there.threads) {
    const expected = `a failover node with ${needs.cores} processor threads for ${guest.name}`;
    problems.push({
      path,
      expected,
      got: `${node} with ${there.threads}`,
      cure: "give the guest fewer cores, or name another HANode",
    });
  }
  if (there?.memory !== undefined && needs.memory !== undefined && needs.memory > there.memory) {
    const expected = `a failover node with ${gibibytes(needs.memory)} of memory for ${guest.name}`;
    problems.push({
      path,
      expected,
      got: `${node} with ${gibibytes(there.memory)}`,
      cure: "give the guest less memory, or name another HANode",
    });
  }
  return problems;
}

/** A guest whose bridge is missing does not start; a firewall without its WAN cable would be of no use if it did. */
function bridgeProblems({ failover: { guest }, seen, node, observation }: Passage): Problem[] {
  const there = observation?.nodes?.items.find(({ name }) => name === node)?.bridges;
  if (there === undefined) return [];
  const missing = (seen?.bridges ?? []).filter((bridge) => !there.includes(bridge));
  const others = (observation?.nodes?.items ?? []).filter(
    ({ name, bridges = [] }) =>
      name !== guest.node && (seen?.bridges ?? []).every((bridge) => bridges.includes(bridge)),
  );
  const named = others.map(({ name }) => name).join(" or ");
  const cure = named === "" ? `lay a cable there and give it that bridge, ${WITHOUT}` : `set HANode to ${named}`;
  return missing.map((bridge) => ({
    path: `${guest.source}: HANode`,
    expected: `a failover node with a cable on bridge ${bridge}, which ${guest.name} uses`,
    got: `${node}, which has none`,
    cure,
  }));
}

function gibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 3)} GiB`;
}
