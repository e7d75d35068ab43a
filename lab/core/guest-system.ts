import { type Machine } from "./machine";
import { type Site } from "./site";

/** A disk as its machine has it. */
export interface AttachedDisk {
  /** Where it is attached: `scsi1`. */
  readonly key: string;
  /** File that holds its bytes. */
  readonly file: string;
  /** Directory for what a filesystem on it holds. */
  readonly files: string;
}

/** What a virtual machine starts with. */
export interface Hardware {
  /** The site that it belongs to. */
  readonly site: Site;
  /** Name that is its own for as long as its system disk is. */
  readonly name: string;
  /** First bytes of the disk that it boots from. */
  readonly system: Buffer;
  /** Address that cloud-init is told; undefined when there is none of this site's. */
  readonly address: string | undefined;
  /** What cloud-init reads, if anything. */
  readonly userData: string | undefined;
  /** Its disks, by the order of their keys. */
  readonly disks: readonly AttachedDisk[];
}

/** A program inside: running, or ended with what it left. */
export interface InnerProcess {
  /** Whether it has ended. */
  readonly exited: boolean;
  /** Exit status; absent when a signal ended it. */
  readonly exitcode?: number;
  /** Signal that ended it. */
  readonly signal?: number;
  /** What it printed. */
  readonly out: string;
  /** What it complained of. */
  readonly err: string;
}

/** An operating system that runs in a virtual machine. */
export interface GuestSystem {
  /** Its address and services. */
  readonly machine: Machine;
  /** Whether its guest agent runs. */
  readonly hasAgent: () => boolean;
  /** Starts a program; the answer is its pid. */
  readonly exec: (argv: readonly string[], input: string) => number;
  /** How a program does; undefined when there is none. */
  readonly process: (pid: number) => InnerProcess | undefined;
  /** Token with which a connector in it dials out; undefined when none does. */
  readonly tunnelToken: () => string | undefined;
  /** Switches it off. */
  readonly stop: () => Promise<void>;
}

/** Boots what is on the system disk; undefined when that is nothing which the lab can run. */
export type Boot = (hardware: Hardware) => Promise<GuestSystem | undefined>;

const MARK = "TAPPaaS lab cloud image\n";
const SIZE = 2 * 1024 * 1024;

/** A system image as somebody published it at an address: the same bytes for the same address. */
export function publishedImage(url: string): Buffer {
  const image = Buffer.alloc(SIZE);
  image.write(`${MARK}${url}\n`);
  return image;
}

/** Whether a disk begins with a Debian that the lab can run. */
export function isBootable(system: Buffer): boolean {
  return system.subarray(0, MARK.length).toString("latin1") === MARK && /debian/i.test(system.toString("latin1"));
}
