import { type PveNode } from "../node";
import { impossible } from "../refusal";
import { readSecret } from "./storage-secret";
import { type StorageEntry, type StorageType } from "./storage";
import { type Backups } from "../../pbs/client-interface";

/** A datastore of a backup server. Source: pve-storage, src/PVE/Storage/PBSPlugin.pm. */
export const pbsStorage: StorageType = {
  options: {
    server: "fixed",
    datastore: "fixed",
    ...Object.fromEntries(
      ["content", "disable", "encryption-key", "fingerprint", "master-pubkey", "max-protected-backups"].map(changeable),
    ),
    ...Object.fromEntries(["namespace", "nodes", "password", "port", "prune-backups", "username"].map(changeable)),
  },
  needed: ["server", "datastore"],
  content: { possible: ["backup", "none"], usual: "backup" },
  shared: true,
  activate,
  usage: async (node, id, entry) => await connectTo(node, id, entry).usage(),
};

/** A connection to the datastore, with the login that the storage holds. */
export function connectTo(node: PveNode, id: string, entry: StorageEntry): Backups {
  const { server = "", datastore = "", username = "root@pam", fingerprint, namespace: ns = "" } = entry;
  return node.connect({
    server,
    port: Number(entry["port"] ?? 8007),
    authId: username,
    secret: readSecret(node.cluster, id, "pw") ?? "",
    datastore,
    ns,
    ...(fingerprint !== undefined && { fingerprint }),
  });
}

/** The server must answer, let us in and show the datastore. */
async function activate(node: PveNode, id: string, entry: StorageEntry): Promise<void> {
  const stores = await datastores(node, id, entry);
  if (stores.includes(entry["datastore"] ?? "")) return;
  throw impossible(`${id}: Cannot find datastore '${entry["datastore"] ?? ""}', check permissions and existence!`);
}

async function datastores(node: PveNode, id: string, entry: StorageEntry): Promise<string[]> {
  try {
    return await connectTo(node, id, entry).datastores();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw impossible(`${id}: error fetching datastores - ${cause}`);
  }
}

function changeable(name: string): [string, "changeable"] {
  return [name, "changeable"];
}
