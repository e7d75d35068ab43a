const MIB = 1_048_576;

/** PVE's line of a restore from a backup server. Source: proxmox-backup-qemu, src/restore.rs. */
const PROGRESS = /^progress (\d+)% \(read (\d+) bytes, .*duration (\d+) sec\)/;

/**
 * What a person sees of a restore's log: bytes, rate and time left where PVE counts them, else its own line.
 * @param size Bytes of all disks; undefined when they are not known.
 */
export function progressText(line: string, size: number | undefined): string {
  const [, percent, read, duration] = PROGRESS.exec(line) ?? [];
  if (percent === undefined || read === undefined || duration === undefined) return line;
  const [bytes, seconds] = [Number(read), Number(duration)];
  const done = `${percent} % of this disk, ${mebibytes(bytes)}`;
  if (seconds === 0 || bytes === 0) return done;
  const rate = bytes / seconds;
  const left = size === undefined || size <= bytes ? "" : `, at most ${Math.ceil((size - bytes) / rate / 60)} min left`;
  return `${done}, ${mebibytes(rate)}/s${left}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
