import { type Problem } from "./problems";

/**
 * Identifier of a PBS object: datastore, prune job, token name.
 * @see https://pbs.proxmox.com/docs/api-viewer/index.html (proxmox-schema `PROXMOX_SAFE_ID_FORMAT`)
 */
const PBS_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/;

/**
 * Identifier of a PVE storage entry.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/index.html (format `pve-storage-id`)
 */
const PVE_STORAGE_ID = /^[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]$/;

/** SHA-256 fingerprint, 32 bytes in hex with colons. */
const FINGERPRINT = /^(?:[0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}$/;

/** Why `value` is no identifier of a PBS object; empty when it is one. */
export function pbsIdProblems(path: string, value: string): Problem[] {
  if (PBS_ID.test(value)) return [];
  return [{ path, reason: `expected 3 to 32 letters, digits, "_", "." or "-", got "${value}"` }];
}

/** Why `value` is no PVE storage identifier; empty when it is one. */
export function storageIdProblems(path: string, value: string): Problem[] {
  if (PVE_STORAGE_ID.test(value)) return [];
  return [{ path, reason: `expected a letter, then letters, digits, "-", "_" or ".", got "${value}"` }];
}

/** Why `value` is no SHA-256 fingerprint; empty when it is one. */
export function fingerprintProblems(path: string, value: string): Problem[] {
  if (FINGERPRINT.test(value)) return [];
  return [{ path, reason: `expected 32 bytes in hex with colons such as "0e:ab:…:d4", got "${value}"` }];
}
