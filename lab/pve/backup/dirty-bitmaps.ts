import { createHash } from "node:crypto";

import { type DeepReadonly } from "../../core/state";
import { type Guest } from "../guests/guest";
import { type PveNode } from "../node";

/** Bytes of a piece by which QEMU notes what was written, and by which a backup server keeps images. */
const PIECE = 4 * 1024 ** 2;

const ZEROS = Buffer.alloc(PIECE);

interface Bitmap {
  readonly startedAt: number | undefined;
  readonly storage: string;
  readonly pieces: readonly string[];
}

/** What a backup read of one disk. */
interface Read {
  readonly size: number;
  readonly read: number;
  readonly zero: number;
}

/** What a running QEMU knows of each disk since its last backup. It is gone with the process. */
const BITMAPS = new WeakMap<PveNode, Map<string, Bitmap>>();

/**
 * What vzdump tells of the disks of one guest, before and after they were sent.
 * Source: qemu-server, PVE/VZDump/QemuServer.pm; proxmox-backup-client for containers.
 */
export class DiskReads {
  private readonly reads: Read[] = [];
  private readonly next = new Map<string, Bitmap>();

  constructor(
    private readonly node: PveNode,
    private readonly guest: DeepReadonly<Guest>,
    private readonly storage: string,
  ) {}

  /** Lines about the bitmaps of a machine's disks. @param disks Contents by key. */
  before(disks: Readonly<Record<string, Buffer>>): string[] {
    return Object.entries(disks).flatMap(([key, bytes]) => {
      const { action, read } = this.noted(key, bytes);
      this.reads.push(read);
      return this.guest.type === "qemu" ? [`${key}: dirty-bitmap status: ${action}`] : [];
    });
  }

  /** Lines about what was sent, in so many seconds. */
  after(seconds: number): string[] {
    for (const [name, bitmap] of this.next) BITMAPS.get(this.node)?.set(name, bitmap);
    const sum = (of: keyof Read) => this.reads.reduce((all, read) => all + read[of], 0);
    const [size, read, zero] = [sum("size"), sum("read"), sum("zero")];
    if (this.guest.type === "lxc") {
      const sent = sizeText(read - zero);
      return [
        `root.pxar: had to backup ${sent} of ${sizeText(size)} (compressed ${sent}) in ${seconds.toFixed(2)} s (average ${sent}/s)`,
      ];
    }
    const share = (bytes: number) => (size === 0 ? 0 : Math.floor((bytes * 100) / size));
    const reused = size - read + zero;
    return [
      ...(zero > 0 ? [`backup is sparse: ${sizeText(zero)} (${share(zero)}%) total zero data`] : []),
      ...(reused > 0 ? [`backup was done incrementally, reused ${sizeText(reused)} (${share(reused)}%)`] : []),
      ...(read > 0 ? [`transferred ${sizeText(read)} in ${seconds < 1 ? "<1" : Math.round(seconds)} seconds`] : []),
    ];
  }

  private noted(key: string, bytes: Buffer): { readonly action: string; readonly read: Read } {
    const { vmid, type, running, startedAt } = this.guest;
    const bitmaps = BITMAPS.get(this.node) ?? new Map<string, Bitmap>();
    BITMAPS.set(this.node, bitmaps);
    const name = `${vmid}/${key}`;
    const before = bitmaps.get(name);
    const pieces = piecesOf(bytes);
    // A bitmap counts from a backup that came to its end, and ends with the process that keeps it.
    bitmaps.delete(name);
    const keeps = type === "lxc" || running;
    if (keeps) this.next.set(name, { startedAt, storage: this.storage, pieces: pieces.map(({ digest }) => digest) });
    const isGood = keeps && before?.storage === this.storage && (type === "lxc" || before.startedAt === startedAt);
    const wanted = isGood ? pieces.filter(({ digest }, at) => before.pieces[at] !== digest) : pieces;
    const [size, read] = [pieces, wanted].map((some) => some.reduce((all, piece) => all + piece.size, 0)) as [
      number,
      number,
    ];
    const zero = wanted.reduce((all, piece) => all + (piece.zero ? piece.size : 0), 0);
    const used = read === 0 ? "OK (drive clean)" : `OK (${sizeText(read)} of ${sizeText(size)} dirty)`;
    return { action: isGood ? used : "created new", read: { size, read, zero } };
  }
}

function piecesOf(bytes: Buffer): { readonly digest: string; readonly size: number; readonly zero: boolean }[] {
  return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, at) => {
    const piece = bytes.subarray(at * PIECE, (at + 1) * PIECE);
    const digest = createHash("sha256").update(piece).digest("hex");
    return { digest, size: piece.length, zero: piece.equals(ZEROS.subarray(0, piece.length)) };
  });
}

/** As PVE's `render_bytes` writes it with one digit. */
function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let value = bytes;
  for (; value >= 1024 && at < units.length - 1; at += 1) value /= 1024;
  return at === 0 ? `${value} B` : `${value.toFixed(1)} ${units[at] ?? ""}`;
}
