import { shortFingerprint } from "../../estate/units/fingerprint";
import { KeyError, type BackupKey } from "../../provider/keys/backup-key";
import { type PveStorage } from "../../provider/clients/pve-shapes";

/** Where the backups lie that a key is to read. */
export interface BackupPlace {
  /** Name or address of the backup server. */
  readonly server: string;
  /** Datastore on it. */
  readonly datastore: string;
}

/**
 * Stops unless `key` is the one with which the nodes encrypt now, into that place or, where no storage leads there by that name, into
 * any backup server.
 * @throws {KeyError} Naming the storages and their keys.
 */
export function expectLivingKey(key: BackupKey, storages: readonly PveStorage[], place: BackupPlace): void {
  const entries = storages.filter(({ type }) => type === "pbs");
  const there = entries.filter(({ server, datastore }) => server === place.server && datastore === place.datastore);
  const considered = there.length > 0 ? there : entries;
  const keyed = considered.filter((entry) => entry["encryption-key"] !== undefined);
  if (keyed.some((entry) => entry["encryption-key"]?.toLowerCase() === key.fingerprint)) return;
  if (keyed.length === 0) {
    throw new KeyError(
      "No storage of the nodes has a key that this one could be compared with; nothing was taken in.\n" +
        "Cure: make a key (make key); or, if backups from before need this one, say --expect <its fingerprint>.",
    );
  }
  const found = keyed.map((entry) => `${entry.storage} with ${shown(entry["encryption-key"])}`).join(", ");
  throw new KeyError(
    `The nodes encrypt with another key: ${found}; this one is ${shortFingerprint(key.fingerprint)}…. Nothing was taken in.\n` +
      "Cure: take in the file of that storage, /etc/pve/priv/storage/<storage>.enc of a node.",
  );
}

/** PVE writes 1 for a key that does not say its own fingerprint. */
function shown(fingerprint: string | undefined): string {
  return fingerprint === undefined || fingerprint === "1"
    ? "a key without a fingerprint"
    : `${fingerprint.slice(0, 23)}…`;
}
