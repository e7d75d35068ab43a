import { resourceRule } from "./rule";
import { PROXMOX_PBS_STORAGE } from "./types";

/** A key that a node makes for itself lies nowhere else, and goes with the entry: what it encrypted is lost then. */
export const noGeneratedKey = resourceRule(
  { name: "no-generated-key", description: "The key of a storage entry is made outside, and kept outside." },
  [PROXMOX_PBS_STORAGE],
  ({ name, props }) =>
    props["generateEncryptionKey"] === true
      ? [`The key of ${name} must be known outside the node: leave generateEncryptionKey out and set encryptionKey.`]
      : [],
);
