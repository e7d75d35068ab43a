import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Problem } from "../../estate/problem";
import { toBytes } from "../../estate/units/size";
import { namedFilesOf } from "../../estate/units/named-file";
import { type NetworkPlace } from "../../estate/units/network-place";
import { type GuestKind } from "../../estate/units/guest-id";
import { memoryOf } from "./guest-memory";
import { cardsOf, movedCard, vlansOf } from "./network-card";

/** A guest of a lost site, as its backup has it. */
export interface BackedUpGuest {
  /** Number at home. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly kind: GuestKind;
  /** Name at home. */
  readonly name: string;
  /** Lines of its configuration. */
  readonly lines: Readonly<Record<string, string>>;
}

/** The same guest on somebody else's node. */
export interface MovedGuest {
  /** Number at home. */
  readonly of: number;
  /** Number there. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly kind: GuestKind;
  /** Name there. */
  readonly name: string;
  /** Lines that are other than in the backup. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Lines that are left out. */
  readonly without: readonly string[];
  /** Storage there for all its disks; undefined where they keep the names of their own. */
  readonly storage: string | undefined;
  /** Networks there to which it is led. */
  readonly networks: readonly NetworkPlace[];
  /** Memory in bytes that it gets. */
  readonly memory: number;
  /** Cores of all sockets. */
  readonly cores: number;
  /** What is wrong with it. */
  readonly problems: readonly Problem[];
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

type Mapping = Pick<DrHostSettings, "guests" | "networks" | "storages" | "size" | "home">;

/** Devices and scripts of a node, which no other has. */
const OF_NODE = /^(?:hostpci|usb|dev|virtiofs|parallel)\d+$|^(?:args|hookscript|affinity|ivshmem)$/;

/** Names of a configuration's lines that are of the node at home: its devices and its files. PVE lets only root set most of them. */
export function linesOfHome(lines: Readonly<Record<string, string>>): string[] {
  const files = new Set(namedFilesOf(lines).map(({ line }) => line));
  return Object.keys(lines).filter((line) => OF_NODE.test(line) || files.has(line));
}

const MIB = 1_048_576;

/**
 * A guest in the host's terms: number, name, networks, size.
 * @param newAddress Gives each network card an address that nobody has.
 */
export function movedGuest(guest: BackedUpGuest, mapping: Mapping, newAddress: () => string): MovedGuest {
  const { vmid: of, kind, lines } = guest;
  const vmid = of + mapping.guests.offset;
  const name = `${mapping.guests.prefix}${guest.name}`;
  const cards = cardsMoved(guest, mapping, newAddress);
  const sized = sizeOf(guest, mapping.size);
  const homes = diskStorages(lines);
  const storages = [...new Set(homes.map((storage) => mapping.storages[storage] ?? storage))];
  const [only] = storages;
  const same = homes.every((storage) => (mapping.storages[storage] ?? storage) === storage);
  const ofHome = linesOfHome(lines);
  return {
    ...{ of, vmid, kind, name, memory: sized.memory, cores: sized.cores },
    configuration: {
      [kind === "vm" ? "name" : "hostname"]: name,
      tags: tagsOf(lines["tags"], mapping.home),
      ...sized.lines,
      ...cards.lines,
    },
    without: [...ofHome, ...cards.gone],
    storage: same ? undefined : only,
    networks: cards.networks,
    problems: [
      ...cards.problems,
      ...nameProblems(of, name),
      ...(storages.length > 1 && !same ? [spreadProblem(guest)] : []),
      ...mountProblems(guest),
    ],
    notes: [
      ...ofHome.map((line) => `${who(guest)} goes without ${line} (${lines[line] ?? ""}): it is of the node at home`),
      ...cards.notes,
    ],
  };
}

/** Tag by which guests of a lost site are told from those of the host. */
export function drTag(home: string): string {
  return `dr-of-${home.toLowerCase().replaceAll(/[^a-z0-9_.+-]/g, "-")}`;
}

/** PVE keeps tags sorted, parted by semicolons. */
function tagsOf(tags: string | undefined, home: string): string {
  const own = (tags ?? "").split(/[;, ]/).filter((tag) => tag !== "");
  return [...new Set([...own, drTag(home)])].sort().join(";");
}

function cardsMoved(guest: BackedUpGuest, { networks }: Mapping, newAddress: () => string) {
  const lines: Record<string, string> = {};
  const gone: string[] = [];
  const targets: NetworkPlace[] = [];
  const problems: Problem[] = [];
  const notes: string[] = [];
  for (const card of cardsOf(guest.lines)) {
    const moved = movedCard(card, networks, newAddress());
    if (moved.is === "wrong") {
      const { expected, cure } = moved;
      problems.push({ path: "networks", expected: `${expected} (${who(guest)})`, cure });
    } else if (moved.is === "gone") {
      gone.push(card.slot);
      notes.push(`${who(guest)} loses its card ${card.slot} (${card.line})`);
    } else {
      lines[card.slot] = moved.line;
      targets.push(moved.to);
      if (vlansOf(card) === "all" && moved.to.vlan !== undefined)
        notes.push(`${who(guest)}: only what ${card.slot} sends without a VLAN passes; VLANs of its own do not`);
    }
  }
  return { lines, gone, networks: targets, problems, notes };
}

function sizeOf({ vmid, kind, lines }: BackedUpGuest, size: DrHostSettings["size"]) {
  const own = size.guests[String(vmid)] ?? {};
  const had = memoryOf(lines);
  const memory = own.memory === undefined ? had : toBytes(own.memory);
  const hadCores = Number(lines["cores"] ?? 1) * Number(lines["sockets"] ?? 1);
  const cores = own.cores ?? Math.min(hadCores, size.mostCores ?? hadCores);
  const set: Record<string, string> = {};
  const mebibytes = Math.floor(memory / MIB);
  if (memory !== had) set["memory"] = String(mebibytes);
  if (Number(lines["balloon"] ?? 0) > mebibytes) set["balloon"] = String(mebibytes);
  if (cores !== hadCores) Object.assign(set, { cores: String(cores) }, kind === "vm" ? { sockets: "1" } : {});
  if (kind === "vm" && size.cpuType !== undefined) set["cpu"] = size.cpuType;
  return { memory, cores, lines: set };
}

const DISK = /^(?:(?:ide|sata|scsi|virtio|mp)\d+|rootfs|efidisk0|tpmstate0)$/;

/** Storages of a guest's disks, each as often as it has one. */
export function diskStorages(lines: Readonly<Record<string, string>>): string[] {
  return Object.entries(lines).flatMap(([name, line]) => {
    if (!DISK.test(name) || line.includes("media=cdrom")) return [];
    const storage = /^(?:volume=|file=)?([A-Za-z][\w.-]*):/.exec(line)?.[1];
    return storage === undefined ? [] : [storage];
  });
}

function spreadProblem(guest: BackedUpGuest): Problem {
  const expected = `one storage of the host for all disks of ${who(guest)}: PVE restores to one, or to each disk's own`;
  return { path: "storages", expected, cure: "lead the storages of its disks to one" };
}

function nameProblems(of: number, name: string): Problem[] {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name)) return [];
  const expected = `a prefix with which each name has at most 63 letters, digits and "-"`;
  return [{ path: "guests.prefix", expected, got: `"${name}" for ${of}`, cure: "choose a shorter one" }];
}

/** A directory of the node at home is in no backup, and on the host it is another, or none. */
function mountProblems(guest: BackedUpGuest): Problem[] {
  const mounts = Object.entries(guest.lines).filter(([name, line]) => /^mp\d+$/.test(name) && line.startsWith("/"));
  return mounts.map(([name, line]) => ({
    path: `guests.without.${guest.vmid}`,
    expected: `no directory of the node at home in ${who(guest)}, and its ${name} is ${line.split(",")[0] ?? ""}`,
    cure: "leave the guest out, with the reason",
  }));
}

function who({ kind, vmid, name }: BackedUpGuest): string {
  return `${kind}:${vmid} ${name}`;
}
