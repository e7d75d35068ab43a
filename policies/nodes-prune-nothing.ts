import { resourceRule, type Declared } from "./rule";
import { PROXMOX_BACKUP_JOB, PROXMOX_PBS_STORAGE } from "./types";

/**
 * A node that thins out backups needs a login that may delete them, which whoever takes the node over has then too. Retention stands at
 * the server. Source: requirements U09, N08, N10; PBS' Datastore.Prune.
 */
export const nodesPruneNothing = resourceRule(
  { name: "nodes-prune-nothing", description: "Nodes write backups, and the server alone thins them out." },
  [PROXMOX_BACKUP_JOB, PROXMOX_PBS_STORAGE],
  ({ type, name, props }) => {
    const fields = type === PROXMOX_BACKUP_JOB ? jobFields(props) : entryFields(props);
    return fields.length === 0
      ? []
      : [
          `${name} must leave thinning out to the server: leave ${fields.join(", ")} out, and declare a prune job there.`,
        ];
  },
);

function jobFields(props: Declared["props"]): string[] {
  const counts = Object.keys((props["pruneBackups"] ?? {}) as object).filter((key) => key !== "keep-all");
  return [...(counts.length > 0 ? ["pruneBackups"] : []), ...(props["maxfiles"] === undefined ? [] : ["maxfiles"])];
}

function entryFields(props: Declared["props"]): string[] {
  const keeps = (props["backups"] ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(keeps)
    .filter((key) => key.startsWith("keep") && key !== "keepAll" && keeps[key] !== undefined)
    .map((key) => `backups.${key}`);
}
