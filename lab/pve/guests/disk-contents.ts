import { createCipheriv, createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { type PveNode } from "../node";

const MIB = 1024 * 1024;

/** Bytes that a seed stands for: 1 MiB of noise, the same for the same seed; zeros for the empty seed. */
export function seededBytes(seed: string): Buffer {
  if (seed === "") return Buffer.alloc(MIB);
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return cipher.update(Buffer.alloc(MIB));
}

/** Contents of the volumes of a node: one file a volume, named after its dataset. */
export class DiskContents {
  constructor(private readonly node: PveNode) {}

  /** Makes or replaces a volume. */
  write(dataset: string, contents: Buffer): void {
    writeFileSync(this.file(dataset), contents, { mode: 0o600 });
    const type = dataset.includes("/subvol-") ? ("filesystem" as const) : ("volume" as const);
    this.node.zfs.change((zfs) => {
      zfs.datasets = zfs.datasets.filter(({ name }) => name !== dataset);
      const size = type === "volume" ? { volsize: contents.length } : {};
      const properties: Record<string, string> = {};
      if (type === "filesystem") properties["refquota"] = String(contents.length);
      zfs.datasets.push({ name: dataset, type, ...size, properties });
    });
  }

  /** Makes a volume of that size which begins with `contents` and takes no room for the rest. */
  allocate(dataset: string, size: number, contents: Buffer = Buffer.alloc(0)): void {
    writeFileSync(this.file(dataset), contents, { mode: 0o600 });
    truncateSync(this.file(dataset), size);
    this.node.zfs.change((zfs) => {
      zfs.datasets = zfs.datasets.filter(({ name }) => name !== dataset);
      zfs.datasets.push({ name: dataset, type: "volume", volsize: size, properties: {} });
    });
  }

  /** Lets a volume grow. */
  grow(dataset: string, size: number): void {
    truncateSync(this.file(dataset), size);
    this.node.zfs.change((zfs) => {
      zfs.datasets = zfs.datasets.map((one) => (one.name === dataset ? { ...one, volsize: size } : one));
    });
  }

  /** File with the bytes of a volume. */
  fileOf(dataset: string): string {
    return this.file(dataset);
  }

  /** Directory with what a filesystem on a volume holds, for a machine that mounts it. */
  filesOf(dataset: string): string {
    return this.node.site.state.path("machines", this.node.name, "filesystems", ...dataset.split("/"));
  }

  /** Overwrites a part of a volume, as the guest itself would. */
  patch(dataset: string, offset: number, bytes: Buffer): void {
    const handle = openSync(this.file(dataset), "r+");
    try {
      writeSync(handle, bytes, 0, bytes.length, offset);
    } finally {
      closeSync(handle);
    }
  }

  /** All bytes of a volume; undefined when there is none. */
  read(dataset: string): Buffer | undefined {
    return existsSync(this.file(dataset)) ? readFileSync(this.file(dataset)) : undefined;
  }

  /** Size of a volume in bytes; undefined when there is none. */
  size(dataset: string): number | undefined {
    return statSync(this.file(dataset), { throwIfNoEntry: false })?.size;
  }

  /** Keeps what a volume holds now under the name of a snapshot. */
  keep(dataset: string, snapshot: string): void {
    copyFileSync(this.file(dataset), this.file(`${dataset}@${snapshot}`));
  }

  /** Puts back what a volume held. */
  goBack(dataset: string, snapshot: string): void {
    copyFileSync(this.file(`${dataset}@${snapshot}`), this.file(dataset));
  }

  /** Gives up what was kept. */
  forget(dataset: string, snapshot: string): void {
    rmSync(this.file(`${dataset}@${snapshot}`), { force: true });
  }

  /** Destroys a volume with its snapshots. */
  destroy(dataset: string): void {
    const file = this.file(dataset);
    const own = existsSync(dirname(file)) ? readdirSync(dirname(file)) : [];
    for (const name of own.filter((one) => one.startsWith(`${basename(file)}@`))) rmSync(join(dirname(file), name));
    rmSync(file, { force: true });
    rmSync(this.filesOf(dataset), { recursive: true, force: true });
    this.node.zfs.change((zfs) => {
      zfs.datasets = zfs.datasets.filter(({ name }) => name !== dataset);
    });
  }

  private file(dataset: string): string {
    return this.node.site.state.path("machines", this.node.name, "volumes", ...dataset.split("/"));
  }
}
