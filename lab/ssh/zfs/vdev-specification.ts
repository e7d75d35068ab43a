import { CommandFailure } from "./command-line";
import { diskOf, partitionSize, type Disk, type NodeZfs, type Pool, type Vdev, type VdevType } from "./node-zfs";

const BY_ID = "/dev/disk/by-id/";
const GROUPS: Record<string, VdevType> = {
  mirror: "mirror",
  raidz: "raidz1",
  raidz1: "raidz1",
  raidz2: "raidz2",
  raidz3: "raidz3",
};
const MINIMUM_DISKS: Record<VdevType, number> = { disk: 1, mirror: 2, raidz1: 2, raidz2: 3, raidz3: 4 };
/** Sizes that differ by less are the same. OpenZFS: cmd/zpool/zpool_vdev.c, ZPOOL_FUZZ. */
const SIZE_FUZZ = 16 * 2 ** 20;

/**
 * Reads what follows the pool's name in `zpool create`, with the checks of cmd/zpool/zpool_vdev.c in their order: words,
 * disks in use, redundancy. What a disk in use says comes from cmd/zpool/os/linux/zpool_vdev_os.c.
 */
export function readVdevs(zfs: NodeZfs, words: readonly string[], force: boolean): Vdev[] {
  const spelled = groupWords(words);
  const vdevs = spelled.map(({ type, paths }) => ({ type, disks: paths.map((path) => resolveDisk(zfs, path).byId) }));
  for (const [index, { type, paths }] of spelled.entries()) checkCount(words, type, paths.length, index);
  const complaints = spelled.flatMap(({ paths }) => paths).flatMap((path) => diskComplaint(zfs, path, force) ?? []);
  rejectComplaints(complaints, force);
  if (!force) rejectComplaints(redundancyComplaints(zfs, vdevs), force);
  return vdevs;
}

interface SpelledVdev {
  readonly type: VdevType;
  readonly paths: string[];
}

function groupWords(words: readonly string[]): SpelledVdev[] {
  const spelled: SpelledVdev[] = [];
  let group: SpelledVdev | undefined;
  for (const word of words) {
    const type = GROUPS[word];
    if (/^(?:log|cache|spare|special|dedup|draid)/.test(word)) {
      throw new CommandFailure(`the lab's zpool knows no '${word}' vdevs`);
    }
    if (type !== undefined) spelled.push((group = { type, paths: [] }));
    else if (group === undefined) spelled.push({ type: "disk", paths: [word] });
    else group.paths.push(word);
  }
  return spelled;
}

function checkCount(words: readonly string[], type: VdevType, count: number, index: number): void {
  if (count >= MINIMUM_DISKS[type]) return;
  const name = words.filter((word) => word in GROUPS)[index] ?? type;
  throw new CommandFailure(`invalid vdev specification: ${name} requires at least ${MINIMUM_DISKS[type]} devices`);
}

/** The disk behind `/dev/disk/by-id/X`, `/dev/sdX` or `sdX`. */
export function resolveDisk(zfs: NodeZfs, path: string): Disk {
  const disk = findDisk(zfs, path);
  if (disk !== undefined && disk.missing !== true) return disk;
  if (path.startsWith("/")) throw new CommandFailure(`cannot resolve path '${path}'`);
  throw new CommandFailure(
    `cannot open '${path}': no such device in /dev\nmust be a full path or shorthand device name`,
  );
}

/** As {@link resolveDisk}, and undefined when there is none. */
export function findDisk({ disks }: NodeZfs, path: string): Disk | undefined {
  const whole = path.replace(/-part\d+$/, "");
  if (whole.startsWith(BY_ID)) return disks.find(({ byId }) => byId === whole.slice(BY_ID.length));
  const name = whole.replace(/^\/dev\//, "");
  return disks.find(({ device }) => device === name || device === name.replace(/\d+$/, ""));
}

interface Complaint {
  readonly text: string;
  /** Whether `-f` would let it pass; what cannot be forced has no heading. */
  readonly forcible: boolean;
}

function diskComplaint(zfs: NodeZfs, path: string, force: boolean): Complaint | undefined {
  const disk = resolveDisk(zfs, path);
  const pool = zfs.pools.find(({ vdevs, state }) => state !== "destroyed" && holds(vdevs, disk.byId));
  if (pool?.state === "imported") {
    return { text: `${path} is in use and contains a unknown filesystem.`, forcible: false };
  }
  if (force) return undefined;
  const part = path.startsWith(BY_ID) ? `${path}-part1` : `${path}1`;
  if (pool !== undefined) return { text: `${part} is part of ${poolStateWords(pool)} '${pool.name}'`, forcible: true };
  if (disk.content === undefined) return undefined;
  return { text: `${path} contains a filesystem of type '${disk.content}'`, forcible: true };
}

function poolStateWords({ state }: Pool): string {
  return state === "foreign" ? "potentially active pool" : "exported pool";
}

function holds(vdevs: readonly Vdev[], byId: string): boolean {
  return vdevs.some(({ disks }) => disks.includes(byId));
}

function redundancyComplaints(zfs: NodeZfs, vdevs: readonly Vdev[]): Complaint[] {
  const [first, ...others] = vdevs;
  const unlike = others.find(({ type }) => type !== first?.type);
  if (first !== undefined && unlike !== undefined) return [mismatch(first, unlike)];
  const widths = others.find(({ disks }) => disks.length !== first?.disks.length);
  if (first !== undefined && widths !== undefined) {
    const text = `both ${first.disks.length}-way and ${widths.disks.length}-way ${groupName(first)} vdevs are present`;
    return [{ text: `mismatched replication level: ${text}`, forcible: true }];
  }
  const uneven = vdevs.find((vdev) => sizesDiffer(zfs, vdev));
  return uneven === undefined
    ? []
    : [{ text: `${groupName(uneven)} contains devices of different sizes`, forcible: true }];
}

function mismatch(first: Vdev, unlike: Vdev): Complaint {
  const text = `both ${groupName(first)} and ${groupName(unlike)} vdevs are present`;
  return { text: `mismatched replication level: ${text}`, forcible: true };
}

function groupName({ type }: Vdev): string {
  return type.startsWith("raidz") ? "raidz" : type;
}

function sizesDiffer(zfs: NodeZfs, { type, disks }: Vdev): boolean {
  const sizes = disks.map((byId) => partitionSize(diskOf(zfs, byId)));
  return type !== "disk" && Math.max(...sizes) - Math.min(...sizes) > SIZE_FUZZ;
}

/** Prints what stands against the disks; only what `-f` could override gets the heading that says so. */
function rejectComplaints(complaints: readonly Complaint[], force: boolean): void {
  if (complaints.length === 0) return;
  const heading = force
    ? "the following errors must be manually repaired:"
    : "use '-f' to override the following errors:";
  const forcible = complaints.filter((complaint) => complaint.forcible).map(({ text }) => text);
  const fixed = complaints.filter((complaint) => !complaint.forcible).map(({ text }) => text);
  const headed = forcible.length === 0 ? [] : ["invalid vdev specification", heading, ...forcible];
  throw new CommandFailure([...fixed, ...headed].join("\n"));
}
