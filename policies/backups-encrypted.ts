import { resourceRule } from "./rule";
import { PBS_STORAGE, PROXMOX_PBS_STORAGE } from "./types";

/** Backups leave a node encrypted: whoever runs or steals the server reads nothing. */
export const backupsEncrypted = resourceRule(
  { name: "backups-encrypted", description: "A storage entry for backups has an encryption key." },
  [PBS_STORAGE, PROXMOX_PBS_STORAGE],
  ({ type, name, props }) => {
    const field = type === PBS_STORAGE ? "encryptionKeyFingerprint" : "encryptionKey";
    return props[field] === undefined || props[field] === ""
      ? [`Backups into ${name} must be encrypted on the node: set ${field}.`]
      : [];
  },
);
