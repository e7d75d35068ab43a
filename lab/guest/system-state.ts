import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { MOUNTS } from "../core/own-root";
import { type AttachedDisk } from "../core/guest-system";
import { type Machine } from "../core/machine";
import { type Document } from "../core/state";

/** A filesystem that is mounted. */
export interface Mounted {
  /** Directory. */
  readonly where: string;
  /** UUID of the filesystem. */
  readonly uuid: string;
  /** Where its disk is attached: `scsi1`. */
  readonly key: string;
}

/** What a Debian keeps on its system disk, beside its files. */
export interface SystemState {
  /** Whether cloud-init has read its user data. */
  initialised: boolean;
  /** What it is called. */
  hostname: string;
  /** Its time zone, `Europe/Amsterdam`. */
  timeZone: string;
  /** Packages that are installed. */
  packages: string[];
  /** Units that start with the machine. */
  enabled: string[];
  /** What is mounted now. */
  mounted: Mounted[];
}

/** A fresh Debian cloud image. */
export const FRESH: SystemState = {
  initialised: false,
  hostname: "localhost",
  timeZone: "Etc/UTC",
  packages: ["cloud-init", "openssh-server"],
  enabled: ["ssh.service"],
  mounted: [],
};

/** One Debian: its machine, its files, its disks, and what it keeps. */
export interface Debian {
  /** Its address and services. */
  readonly machine: Machine;
  /** Directory of its own files. */
  readonly root: string;
  /** Its disks. */
  readonly disks: readonly AttachedDisk[];
  /** What it keeps. */
  readonly state: Document<SystemState>;
}

/** Name that QEMU's disks have below /dev/disk/by-id. */
export function devicePath({ key }: Pick<AttachedDisk, "key">): string {
  return `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-${key}`;
}

/** Writes what its shells see of its disks: each as a device, and each filesystem that is mounted. */
export function writeMounts({ root, disks, state }: Debian): void {
  const devices = disks.map((disk) => [disk.file, devicePath(disk)]);
  const mounted = state.value.mounted.map(({ key, where }) => [disks.find((disk) => disk.key === key)?.files, where]);
  const lines = [...devices, ...mounted].filter(([source]) => source !== undefined);
  writeFileSync(join(root, MOUNTS), lines.map((line) => `${line.join("\t")}\n`).join(""));
}

/** A file of its own. */
export function readOwn({ root }: Debian, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
