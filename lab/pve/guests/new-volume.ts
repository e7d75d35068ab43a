import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";

import { type Call } from "../operation";
import { forbidden, impossible } from "../refusal";
import { storageEntry } from "../storage/storage";
import { fileOf } from "../storage/dir-volumes";
import { driveLine, parseDrive, sizeText } from "./drive";
import { ownerOf } from "./volume-owner";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** What becomes of a drive line of a request: the line for the config, and the work to be done first. */
export interface NewVolume {
  /** Line of the config. */
  readonly line: string;
  /** Makes the volume. */
  readonly make: () => void;
}

/** Options that say what a volume is made of, and are no part of the line. */
const MADE_OF = ["format", "import-from", "size"];

const NOTHING = (): void => undefined;

/**
 * Reads a drive line of a new or changed machine: a drive without a medium, a cloud-init drive, an existing volume, a new one, or
 * one made from an image. Source: qemu-server, src/PVE/API2/Qemu.pm, create_disks.
 */
export function newVolume(call: Call, vmid: number, key: string, line: string, taken: Set<string>): NewVolume {
  const { file, options } = parseDrive(line);
  if (file === "none" || file === "cdrom") return { line: driveLine({ file, options }), make: NOTHING };
  const mark = file.indexOf(":");
  const [storage, rest] = [file.slice(0, mark), file.slice(mark + 1)];
  if (mark < 0) throw impossible(`unable to parse volume ID '${file}'`);
  if (rest === "cloudinit") return cloudInit(call, vmid, storage);
  const image = options["import-from"];
  const kept = Object.fromEntries(Object.entries(options).filter(([name]) => !MADE_OF.includes(name)));
  if (/^\d+(?:\.\d+)?$/.test(rest)) {
    const volume = freeVolume(call, vmid, storage, taken);
    const bytes = image === undefined ? Buffer.alloc(0) : imageBytes(call, image);
    const size = image === undefined ? Number(rest) * GIB : bytes.length;
    if (size === 0) throw impossible(`unable to create image: size of '${key}' is zero`);
    const make = (): void => {
      call.node.contents.allocate(call.node.datasetOf({ storage, volume }), size, bytes);
    };
    return { line: driveLine({ file: `${storage}:${volume}`, options: { ...kept, size: sizeText(size) } }), make };
  }
  return attached(call, vmid, { storage, volume: rest }, kept);
}

function attached(
  call: Call,
  vmid: number,
  disk: { storage: string; volume: string },
  kept: Readonly<Record<string, string>>,
): NewVolume {
  const file = `${disk.storage}:${disk.volume}`;
  const owner = ownerOf(disk.volume);
  if (owner === undefined) throw impossible(`unable to parse zfs volume name '${disk.volume}'`);
  if (owner !== vmid) {
    call.cluster.require(call.authId, `/storage/${disk.storage}`, ["Datastore.Audit"]);
    call.cluster.require(call.authId, `/vms/${owner}`, ["VM.Config.Disk"]);
  }
  const size = call.node.contents.size(call.node.datasetOf(disk));
  if (size === undefined) throw impossible(`volume '${file}' does not exist`);
  return { line: driveLine({ file, options: { ...kept, size: sizeText(size) } }), make: NOTHING };
}

function cloudInit(call: Call, vmid: number, storage: string): NewVolume {
  requireSpace(call, storage);
  const volume = `vm-${vmid}-cloudinit`;
  const dataset = call.node.datasetOf({ storage, volume });
  const make = (): void => {
    call.node.contents.allocate(dataset, 4 * MIB);
  };
  return { line: `${storage}:${volume},media=cdrom,size=4M`, make };
}

/** The lowest number that no volume of this machine has. */
function freeVolume(call: Call, vmid: number, storage: string, taken: Set<string>): string {
  requireSpace(call, storage);
  for (let number = 0; ; number += 1) {
    const volume = `vm-${vmid}-disk-${number}`;
    const name = call.node.datasetOf({ storage, volume });
    if (taken.has(name) || call.node.contents.size(name) !== undefined) continue;
    taken.add(name);
    return volume;
  }
}

function requireSpace(call: Call, storage: string): void {
  const { type, content } = storageEntry(call.node, storage);
  call.cluster.require(call.authId, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  if (type !== "zfspool" || (content !== undefined && !content.includes("images")))
    throw impossible(`storage '${storage}' does not support vm images`);
}

function imageBytes(call: Call, volid: string): Buffer {
  const storage = volid.slice(0, volid.indexOf(":"));
  const file = fileOf(call.node, volid);
  if (!call.cluster.allows(call.authId, `/storage/${storage}`, ["Datastore.AllocateSpace", "Datastore.Audit"], true))
    throw forbidden(`/storage/${storage}`, ["Datastore.AllocateSpace", "Datastore.Audit"], true);
  if (file === undefined || !existsSync(file)) throw impossible(`volume '${volid}' does not exist`);
  return readFileSync(file);
}

/** The first bytes of a volume. */
export function beginningOf(file: string, length = 4096): Buffer {
  const bytes = Buffer.alloc(Math.min(length, statSync(file).size));
  const handle = openSync(file, "r");
  try {
    readSync(handle, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(handle);
  }
  return bytes;
}
