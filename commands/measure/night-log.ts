/** What the log of a backup task says of one guest. */
export interface GuestNight {
  /** The guest. */
  readonly vmid: number;
  /** Seconds that its backup took. */
  readonly seconds: number;
  /** Bytes that were read. */
  readonly read: number;
  /** Bytes that changed since the backup before; undefined when nobody kept count, as after a restart of the guest. */
  readonly changed: number | undefined;
  /** Bytes that hold data; undefined when only a part was read. */
  readonly used: number | undefined;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const SIZE = String.raw`(\d+(?:\.\d+)?) (B|KiB|MiB|GiB|TiB|PiB)`;

const BEGINS = /^INFO: Starting Backup of VM (\d+) \((qemu|lxc)\)/;
const ENDS = /^INFO: Finished Backup of VM (\d+) \((\d+):(\d{2}):(\d{2})\)/;
const DIRTY = new RegExp(`^INFO: \\S+: dirty-bitmap status: OK \\(${SIZE} of ${SIZE} dirty\\)`);
const CLEAN = /^INFO: \S+: dirty-bitmap status: OK \(drive clean\)/;
const UNCOUNTED = /^INFO: \S+: dirty-bitmap status: /;
const SPARSE = new RegExp(`^INFO: backup is sparse: ${SIZE} `);
const TRANSFERRED = new RegExp(`^INFO: transferred ${SIZE} in `);
const ARCHIVE = new RegExp(`^INFO: \\S+\\.[mp]?pxar: had to backup ${SIZE} of ${SIZE} `);

/**
 * Backups that a log tells of, one a guest, those that failed left out. A log is read for what it measured and for nothing that is
 * decided by it: a line that is written otherwise leaves a figure out.
 * @see https://git.proxmox.com/?p=qemu-server.git;a=blob;f=src/PVE/VZDump/QemuServer.pm
 */
export function nightsIn(log: readonly string[]): GuestNight[] {
  const nights: GuestNight[] = [];
  let lines: string[] = [];
  for (const line of log) {
    const end = ENDS.exec(line);
    if (BEGINS.test(line)) lines = [line];
    else if (end === null) lines.push(line);
    else {
      const night = nightOf(lines, end);
      if (night !== undefined) nights.push(night);
      lines = [];
    }
  }
  return nights;
}

function nightOf(lines: readonly string[], [, vmid, hours, minutes, seconds]: RegExpExecArray): GuestNight | undefined {
  const [, begun, type] = BEGINS.exec(lines[0] ?? "") ?? [];
  if (begun !== vmid) return undefined;
  const took = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return { vmid: Number(vmid), seconds: took, ...(type === "lxc" ? archived(lines) : imaged(lines)) };
}

/** A container: its files are looked at one by one, and what is not known already is sent. */
function archived(lines: readonly string[]): Pick<GuestNight, "read" | "changed" | "used"> {
  const sizes = lines.flatMap((line) => pairs(ARCHIVE, line));
  if (sizes.length === 0) return { read: 0, changed: undefined, used: undefined };
  const [sent, whole] = [0, 1].map((at) => sizes.reduce((sum, size) => sum + (size[at] ?? 0), 0)) as [number, number];
  return { read: whole, changed: sent, used: whole };
}

/** A machine: what changed is known where each disk has a bitmap, and what holds data where each was read whole. */
function imaged(lines: readonly string[]): Pick<GuestNight, "read" | "changed" | "used"> {
  const dirty = lines.flatMap((line) => pairs(DIRTY, line)).reduce((sum, [bytes = 0]) => sum + bytes, 0);
  const counted = lines.filter((line) => DIRTY.test(line) || CLEAN.test(line)).length;
  const disks = lines.filter((line) => UNCOUNTED.test(line)).length;
  const read = first(TRANSFERRED, lines) ?? 0;
  return {
    read,
    changed: disks > 0 && counted === disks ? dirty : undefined,
    used: disks > 0 && counted === 0 && read > 0 ? read - (first(SPARSE, lines) ?? 0) : undefined,
  };
}

function first(pattern: RegExp, lines: readonly string[]): number | undefined {
  return lines.flatMap((line) => pairs(pattern, line))[0]?.[0];
}

/** Every size that a pattern finds in a line, in bytes. */
function pairs(pattern: RegExp, line: string): number[][] {
  const [, ...found] = pattern.exec(line) ?? [];
  if (found.length === 0) return [];
  return [
    found.flatMap((count, at) =>
      at % 2 === 0 ? [Number(count) * 1024 ** UNITS.indexOf(found[at + 1] as (typeof UNITS)[number])] : [],
    ),
  ];
}
