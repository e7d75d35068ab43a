import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { NODE, STORAGE } from "../parameters/common";
import { LIST_NODE_STORAGES } from "../parameters/node";
import { isEnabledOn, type StorageEntry, storageEntry, storageType, type Usage } from "../storage/storage";

const SEE = ["Datastore.Audit", "Datastore.AllocateSpace"];

/** Storages as a node sees them. Source: pve-storage, src/PVE/API2/Storage/Status.pm. */
export const NODE_STORAGES: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/storage",
    parameters: LIST_NODE_STORAGES,
    permissions: { user: "all" },
    handle: listStorages,
  },
  {
    name: "GET /nodes/{node}/storage/{storage}/status",
    parameters: { node: NODE, storage: STORAGE },
    permissions: { check: ["perm", "/storage/{storage}", SEE, "any", 1] },
    handle: (call) => status(call, storageEntry(call.node, call.required("storage")), call.required("storage")),
  },
];

async function listStorages(call: Call): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const [id, entry] of Object.entries(call.cluster.storages.value.storages)) {
    if (!isWanted(call, id, entry) || !call.cluster.allows(call.authId, `/storage/${id}`, SEE, true)) continue;
    rows.push({ storage: id, ...(await status(call, entry, id)) });
  }
  return rows;
}

function isWanted(call: Call, id: string, entry: StorageEntry): boolean {
  const here = entry["nodes"] === undefined || splitList(entry["nodes"]).includes(call.node.name);
  const kinds = splitList(call.text("content") ?? "");
  const holds = splitList(contentOf(entry));
  const fits = kinds.length === 0 || kinds.some((kind) => holds.includes(kind));
  const enabled = !call.flag("enabled") || isEnabledOn(call.node, entry);
  return here && fits && enabled && (call.text("storage") ?? id) === id;
}

function contentOf(entry: StorageEntry): string {
  return entry["content"] ?? storageType(entry["type"] ?? "").content.usual;
}

/** A storage that cannot be reached is listed as not active, never left out. */
async function status(call: Call, entry: StorageEntry, id: string): Promise<object> {
  const type = storageType(entry["type"] ?? "");
  const enabled = isEnabledOn(call.node, entry);
  const usage = enabled ? await type.usage(call.node, id, entry).catch(() => undefined) : undefined;
  return {
    type: entry["type"],
    content: contentOf(entry),
    shared: type.shared ? 1 : 0,
    enabled: enabled ? 1 : 0,
    active: usage === undefined ? 0 : 1,
    ...(usage ?? NOTHING),
    ...(usage !== undefined && { used_fraction: usage.used / usage.total }),
  };
}

const NOTHING: Usage = { total: 0, used: 0, avail: 0 };
