import { sizeOf, toBytes, type Size } from "./size";

const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/**
 * Memory that a backup server needs for a datastore of this size: 4 GiB, and 1 GiB for each TiB begun.
 * @see https://pbs.proxmox.com/docs/system-requirements.html
 */
export function serverMemoryFor(datastore: Size): Size {
  return sizeOf((4 + Math.ceil(toBytes(datastore) / TIB)) * GIB);
}
