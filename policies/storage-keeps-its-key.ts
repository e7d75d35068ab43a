import { resourceRule } from "./rule";
import { PROXMOX_PBS_STORAGE } from "./types";

/**
 * The engine's provider makes a storage entry anew for another password, and PVE deletes the key on the node with the entry: no backup
 * until somebody notices. After an import the first run does so by itself, for PVE shows no password. Source: pve-storage,
 * PBSPlugin.pm, on_delete_hook; bpg, resource_pbs.go.
 */
export const storageKeepsItsKey = resourceRule(
  {
    name: "storage-keeps-its-key",
    description: "Another password does not make a storage entry anew, without its key.",
  },
  [PROXMOX_PBS_STORAGE],
  ({ name, opts }) => {
    const missing = ["password", "encryptionKey"].filter((field) => !opts.ignoreChanges.includes(field));
    return missing.length === 0
      ? []
      : [
          `${name} must keep its key when its password changes: add ${missing.map((field) => `"${field}"`).join(" and ")} to ignoreChanges, and change a password with \`pvesm set\`.`,
        ];
  },
);
