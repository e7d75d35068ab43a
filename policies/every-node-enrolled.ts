import { resourceRule } from "./rule";
import { PBS_STORAGE, PROXMOX_PBS_STORAGE } from "./types";

/** A guest that moves to a node without the storage entry has no backup that night. */
export const everyNodeEnrolled = resourceRule(
  { name: "every-node-enrolled", description: "Every node of the cluster can write backups." },
  [PBS_STORAGE, PROXMOX_PBS_STORAGE],
  ({ name, props }) => {
    const { nodes, disable } = props as { readonly nodes?: readonly unknown[]; readonly disable?: boolean };
    const wrong = [...((nodes ?? []).length > 0 ? ["nodes"] : []), ...(disable === true ? ["disable"] : [])];
    return wrong.length === 0 ? [] : [`${name} must serve every node: leave ${wrong.join(" and ")} out.`];
  },
);
