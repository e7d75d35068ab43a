/** A guest whose configuration was kept, and what is left of its disks. */
export interface Survivor {
  /** Lines of its configuration now, without those of its snapshots. */
  readonly lines: Readonly<Record<string, string>>;
  /** Volumes that its lines name and that are there. */
  readonly there: readonly string[];
  /** Volumes that its lines name and that are not there, each with its line. */
  readonly missing: readonly string[];
}

const DISK = /^(?:(?:ide|sata|scsi|virtio|mp)\d+|rootfs|efidisk0|tpmstate0)$/;

/**
 * What of a kept configuration still has its disks.
 * @param text The configuration file.
 * @param volumes Volumes of the node that had it, as PVE names them: `tanka1:vm-140-disk-0`.
 */
export function survivorOf(text: string, volumes: ReadonlySet<string>): Survivor {
  const lines = linesOf(text);
  const disks = Object.entries(lines).flatMap(([name, line]) => {
    const volume = /^(?:volume=|file=)?([A-Za-z][\w.-]*:[^,]+)/.exec(line)?.[1];
    const isDisk = DISK.test(name) && volume !== undefined && !line.includes("media=cdrom");
    return isDisk ? [{ name, volume }] : [];
  });
  return {
    lines,
    there: disks.filter(({ volume }) => volumes.has(volume)).map(({ volume }) => volume),
    missing: disks.filter(({ volume }) => !volumes.has(volume)).map(({ name, volume }) => `${name} (${volume})`),
  };
}

/** A configuration as it is given back: a lock says what ran when the node was lost, and does not any more. */
export function withoutLock(text: string): string {
  return text.replace(/^lock: .*\n/gm, "");
}

/** Lines of a configuration file, up to its first snapshot. */
function linesOf(text: string): Record<string, string> {
  const [own = ""] = text.split(/^\[/m);
  const lines = own.split("\n").filter((line) => /^[a-z]\w*: /.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
}
