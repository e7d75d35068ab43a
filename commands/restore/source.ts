import { type PveClient } from "../../provider/clients/pve-client";
import { type Escrow } from "../../provider/keys/escrow";

/** A login to a Proxmox Backup Server. */
export interface BackupServerLogin {
  /** `root@pam`, or a token `user@pbs!name`. */
  readonly username: string;
  /** Password, or the token's secret. */
  readonly password: string;
}

/** A storage entry through which a node reads backups. */
export interface Source {
  /** Identifier of the entry. */
  readonly storage: string;
  /** Takes the entry away again, with the login and the key that PVE keeps for it; does nothing to an entry that was there. */
  readonly release: () => Promise<void>;
}

/**
 * Makes the backups of an escrow sheet readable on a node: by the entry that the node has for them already, else by one of our
 * own, which goes away with its key when the work is done.
 * @throws {Error} When an entry of our name stands for something else.
 */
export async function openSource(pve: PveClient, escrow: Escrow, login: BackupServerLogin): Promise<Source> {
  const entries = await pve.storages();
  const { address, port, datastore, namespace, key } = escrow;
  const same = entries.find(
    (entry) =>
      entry.type === "pbs" &&
      entry.server === address &&
      entry.datastore === datastore &&
      (entry.namespace ?? "") === namespace &&
      entry["encryption-key"]?.toLowerCase() === key.fingerprint,
  );
  if (same !== undefined) return { storage: same.storage, release: () => Promise.resolve() };

  const storage = `restore-${datastore}`.replaceAll(".", "-");
  if (entries.some((entry) => entry.storage === storage)) {
    throw new Error(
      `The storage "${storage}" exists and does not carry the key of this escrow sheet.\n` +
        `Cure: if nobody needs it, remove it with \`pvesm remove ${storage}\`; backups are not touched by that.`,
    );
  }
  const { tlsFingerprint: fingerprint } = escrow;
  const where = { server: address, port, datastore, ...(namespace !== "" && { namespace }), fingerprint };
  const secrets = { username: login.username, password: login.password, "encryption-key": key.json };
  await pve.createStorage({ storage, type: "pbs", content: "backup", ...where, ...secrets });
  const release = async () => {
    await pve.removeStorage(storage);
  };
  return { storage, release };
}
