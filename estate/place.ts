import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Pool } from "./pool";
import { type Finding, type Problem } from "./problem";
import { guestId } from "./units/guest-id";

/** Guests on a node or a storage that the site does not have. */
export function guestPlaceProblems(
  guests: readonly Guest[],
  nodes: readonly string[],
  pools: readonly Pool[],
  observation: Observation | undefined,
): Problem[] {
  return guests.flatMap((guest) => [
    ...nodeProblems(guest, nodes),
    ...storageProblems(guest, pools, observation),
    ...kindProblems(guest, observation),
  ]);
}

/** Guests that matter and whose disks are on a pool that may be lost with one disk. */
export function guestPlaceFindings(guests: readonly Guest[], pools: readonly Pool[]): Finding[] {
  return guests.flatMap((guest) => {
    const pool = pools.find(({ name, node }) => name === guest.storage && node === guest.node);
    const matters = guest.class === "foundation" || guest.ha !== undefined;
    if (pool?.purpose !== "bulk" || !matters) return [];
    const path = `guest ${nameOf(guest)}`;
    return [
      { path, advice: `it matters and lies on ${pool.name}, a bulk pool; move it to a pool for important services` },
    ];
  });
}

/** Where the site and its inventory differ, as far as the observation could see. */
export function observationFindings(guests: readonly Guest[], observation: Observation | undefined): Finding[] {
  if (observation === undefined) return [];
  const { complete, items } = observation.guests;
  const unseen = guests.filter(({ vmid }) => !items.some((seen) => seen.vmid === vmid));
  return [
    ...(complete ? unseen : []).map((guest) => ({
      path: `guest ${nameOf(guest)}`,
      advice: `it was not on the site on ${dayOf(observation)}; no backup can find it until it is installed`,
    })),
    ...unreadDisks(guests, observation),
  ];
}

/**
 * Nodes of the cluster that the settings do not name, such as one that joined later: jobs and storage entries are the cluster's, and
 * serve it at once; its configuration and its pools are not looked after.
 */
export function nodeFindings(names: readonly string[], observation: Observation | undefined): Finding[] {
  const strangers = (observation?.nodes?.items ?? []).filter(
    ({ name, lastSeen }) => lastSeen === undefined && !names.includes(name),
  );
  return strangers.map(({ name }) => ({
    path: `node ${name}`,
    advice:
      "it is in the cluster and not in the settings: its configuration is in no backup, its pools are in nobody's care, and no guest of the " +
      "inventory may be on it; `make enrol HOST=<its address>` makes it known",
  }));
}

/**
 * Guests on the site that nobody decided about. Silence is no decision: they would be in no backup, and nobody would know.
 * @param excused VMIDs that the settings leave out with a reason.
 * @param own VMIDs of the backup server's own machines.
 */
export function undecidedProblems(
  guests: readonly Guest[],
  observation: Observation | undefined,
  excused: ReadonlySet<number>,
  own: ReadonlySet<number> = new Set(),
): Problem[] {
  const declared = new Set(guests.map(({ vmid }) => vmid));
  const undecided = (observation?.guests.items ?? []).filter(
    ({ vmid, template }) => template !== true && !declared.has(vmid) && !excused.has(vmid) && !own.has(vmid),
  );
  return undecided.map(({ vmid, kind, name, node }) => ({
    path: `guest ${guestId(kind, vmid)} "${name}"`,
    expected: "a decision: it is on the site, and in no backup",
    got: `a guest on ${node} that is not in the inventory`,
    cure: `add it to the inventory, or write why not: backup.exclude: { "${vmid}": "…" }`,
  }));
}

/** Data that no backup reads although its guest is in the job: bind mounts, and disks with backup switched off. */
function unreadDisks(guests: readonly Guest[], { guests: { items } }: Observation): Finding[] {
  return items.flatMap(({ vmid, disks }) => {
    const guest = guests.find((candidate) => candidate.vmid === vmid);
    if (guest?.backup.covered !== true) return [];
    return disks
      .filter(({ backup }) => !backup)
      .map(({ slot, volume }) => ({
        path: `guest ${nameOf(guest)}`,
        advice: `its ${slot} (${volume}) is read by no backup; move what matters onto a disk that is`,
      }));
  });
}

function nodeProblems({ node, source }: Guest, nodes: readonly string[]): Problem[] {
  if (nodes.includes(node)) return [];
  const expected = `one of the nodes in the settings, ${nodes.join(", ")}`;
  return [{ path: `${source}: node`, expected, got: `"${node}"`, cure: "add the node to the settings or correct it" }];
}

/** A storage is right when a pool of the settings has its name, or when it was seen; unseen is wrong only where all was seen. */
function storageProblems(guest: Guest, pools: readonly Pool[], observation: Observation | undefined): Problem[] {
  const path = `${guest.source}: storage`;
  const got = `"${guest.storage}"`;
  const onBackupPool = pools.some(({ name, purpose }) => name === guest.storage && purpose === "backup");
  if (onBackupPool) {
    return [
      { path, expected: "a pool for guests, not one for nothing but backups", got, cure: "choose tanka or tankb" },
    ];
  }
  const declared = pools.some(({ name, node }) => name === guest.storage && node === guest.node);
  const { complete = false, items = [] } = observation?.storages ?? {};
  const seen = items.some(({ storage, nodes }) => storage === guest.storage && (nodes?.includes(guest.node) ?? true));
  if (declared || seen || !complete) return [];
  const expected = `a storage on ${guest.node}, declared under pools or seen on the site`;
  return [{ path, expected, got, cure: "declare the pool in the settings, correct the name, or observe again" }];
}

/** Another guest under the same number: a backup of one, restored, would be the other's. */
function kindProblems(guest: Guest, observation: Observation | undefined): Problem[] {
  const seen = observation?.guests.items.find(({ vmid }) => vmid === guest.vmid);
  if (seen === undefined || seen.kind === guest.kind) return [];
  const words = { vm: "a virtual machine", ct: "a container" };
  const expected = `${words[guest.kind]} with VMID ${guest.vmid} on the site`;
  return [{ path: `${guest.source}: vmid`, expected, got: words[seen.kind], cure: "correct the VMID or the kind" }];
}

function nameOf({ kind, vmid, name }: Guest): string {
  return `${guestId(kind, vmid)} "${name}"`;
}

function dayOf({ takenAt }: Observation): string {
  return takenAt.slice(0, "2026-11-21".length);
}
