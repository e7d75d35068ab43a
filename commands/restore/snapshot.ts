import * as z from "zod";

import { get, type Ask } from "../observe/site";

/** A backup snapshot as a node lists it. */
export interface BackupSnapshot {
  /** Volume: `storage:backup/vm/140/2026-11-20T21:00:00Z`. */
  readonly volume: string;
  /** Virtual machine or container. */
  readonly kind: "vm" | "ct";
  /** VMID of the guest it was taken of. */
  readonly vmid: number;
  /** When it was taken. */
  readonly time: Date;
  /** Size of the guest's disks in bytes, before anything was saved by finding it twice. */
  readonly size: number;
  /** First line of its notes: the guest's name, where the backup job writes it there. */
  readonly name: string;
  /** Fingerprint of the key that encrypted it; undefined when it is not encrypted. */
  readonly encryptedWith: string | undefined;
  /** Whether the server read it again after it was written, and found it whole; absent where it did not say so. */
  readonly verified?: true;
}

const CONTENT = z.array(
  z.looseObject({
    volid: z.string(),
    vmid: z.coerce.number(),
    ctime: z.number(),
    size: z.number().optional(),
    notes: z.string().optional(),
    encrypted: z.string().optional(),
    verification: z.looseObject({ state: z.string() }).optional(),
  }),
);

/** All backup snapshots behind a storage entry, newest first. */
export async function snapshotsOn(ask: Ask, node: string, storage: string): Promise<BackupSnapshot[]> {
  const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/content`;
  const content = await get(ask, CONTENT, path, { content: "backup" });
  const snapshots = content.map(({ volid, vmid, ctime, size = 0, notes = "", encrypted, verification }) => ({
    volume: volid,
    kind: volid.includes("backup/ct/") ? ("ct" as const) : ("vm" as const),
    vmid,
    time: new Date(ctime * 1000),
    size,
    name: notes.split("\n")[0]?.trim() ?? "",
    encryptedWith: encrypted?.toLowerCase(),
    ...(verification?.state === "ok" && { verified: true as const }),
  }));
  return snapshots.sort((a, b) => b.time.getTime() - a.time.getTime());
}

/**
 * The newest snapshot of a guest, named by its VMID or by its name, not later than `before`.
 * @throws {Error} When there is none, naming what there is; or when two guests bear the name.
 */
export function newestOf(
  snapshots: readonly BackupSnapshot[],
  guest: string,
  before: Date | undefined,
): BackupSnapshot {
  const ofGuest = snapshots.filter(({ name, vmid }) => name === guest || String(vmid) === guest);
  const vmids = [...new Set(ofGuest.map(({ vmid }) => vmid))];
  if (vmids.length > 1) {
    throw new Error(`Two guests are called "${guest}": ${vmids.join(" and ")}.\nCure: name the VMID.`);
  }
  const newest = ofGuest.find(({ time }) => before === undefined || time <= before);
  if (newest !== undefined) return newest;
  const known = [...new Set(snapshots.map(({ name, vmid }) => (name === "" ? String(vmid) : `${name} (${vmid})`)))];
  const there = known.length === 0 ? "this login sees no backup there" : `there are ${known.sort().join(", ")}`;
  throw new Error(`There is no backup of "${guest}": ${there}.`);
}
