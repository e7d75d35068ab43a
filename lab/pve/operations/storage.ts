import { digestOf } from "../digest";
import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { LIST_STORAGES } from "../parameters/cluster";
import { STORAGE } from "../parameters/common";
import { CREATE_STORAGE, UPDATE_STORAGE } from "../parameters/storage";
import { impossible, invalid, Refusal } from "../refusal";
import { dropSecret, SENSITIVE, storeSecrets } from "../storage/storage-secret";
import { isEnabledOn, shownEntry, type StorageEntry, storageEntry, storageType } from "../storage/storage";

const ALLOCATE = { check: ["perm", "/storage", ["Datastore.Allocate"]] } as const;

/** Storages. Texts: pve-storage, src/PVE/API2/Storage/Config.pm, src/PVE/Storage.pm; pve-common, SectionConfig.pm. */
export const STORAGES: readonly Operation[] = [
  { name: "GET /storage", parameters: LIST_STORAGES, permissions: { user: "all" }, handle: listStorages },
  { name: "POST /storage", parameters: CREATE_STORAGE, permissions: ALLOCATE, handle: createStorage },
  {
    name: "GET /storage/{storage}",
    parameters: { storage: STORAGE },
    permissions: { check: ["perm", "/storage/{storage}", ["Datastore.Allocate"]] },
    handle: (call) => shown(call, call.required("storage"), storageEntry(call.node, call.required("storage"))),
  },
  { name: "PUT /storage/{storage}", parameters: UPDATE_STORAGE, permissions: ALLOCATE, handle: updateStorage },
  { name: "DELETE /storage/{storage}", parameters: { storage: STORAGE }, permissions: ALLOCATE, handle: deleteStorage },
];

function shown(call: Call, id: string, entry: StorageEntry): Record<string, unknown> {
  return shownEntry(id, entry, digestOf(call.cluster.storages.value));
}

function listStorages(call: Call): unknown[] {
  const wanted = call.text("type");
  const may = (id: string): boolean =>
    call.cluster.allows(call.authId, `/storage/${id}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true);
  return Object.entries(call.cluster.storages.value.storages)
    .filter(([id, { type }]) => may(id) && (wanted === undefined || wanted === type))
    .map(([id, entry]) => shown(call, id, entry));
}

async function createStorage(call: Call): Promise<object> {
  const id = call.required("storage");
  const given = call.except("storage");
  const { options, needed } = storageType(given["type"] ?? "");
  requireContent(given);
  for (const name of Object.keys(given)) {
    if (name !== "type" && options[name] === undefined) throw impossible(`unexpected property '${name}'`);
  }
  const missing = needed.find((name) => given[name] === undefined);
  if (missing !== undefined) throw impossible(`missing value for required option '${missing}'`);
  return locked(call, "create", () => add(call, id, given));
}

async function add(call: Call, id: string, given: StorageEntry): Promise<object> {
  const { cluster, node } = call;
  if (cluster.storages.value.storages[id] !== undefined) throw impossible(`storage ID '${id}' already defined`);
  const type = given["type"] ?? "";
  const secrets = type === "pbs" ? storeSecrets(cluster, id, given, true) : { entry: {}, returned: {} };
  const entry = { ...plain(given), ...secrets.entry };
  try {
    if (isEnabledOn(node, entry)) await storageType(type).activate(node, id, entry);
  } catch (error) {
    for (const name of SENSITIVE) dropSecret(cluster, id, name);
    throw error;
  }
  cluster.storages.change(({ storages }) => (storages[id] = entry));
  return answer(id, type, secrets.returned);
}

/** What goes into storage.cfg: no secrets, and `disable 0` is not written. */
function plain(given: StorageEntry): Record<string, string> {
  const kept = Object.entries(given).filter(
    ([name, value]) => !(SENSITIVE as readonly string[]).includes(name) && !(name === "disable" && value === "0"),
  );
  return Object.fromEntries(kept);
}

function answer(storage: string, type: string, returned: Readonly<Record<string, string>>): object {
  return { storage, type, ...(Object.keys(returned).length > 0 && { config: returned }) };
}

function requireContent({ type = "", content }: StorageEntry): void {
  const { possible } = storageType(type).content;
  const wrong = splitList(content ?? "").find((kind) => !possible.includes(kind));
  if (wrong !== undefined) throw impossible(`storage does not support content type '${wrong}'`);
}

async function updateStorage(call: Call): Promise<object> {
  const id = call.required("storage");
  const dropped = splitList(call.text("delete") ?? "");
  const given = call.except("storage", "delete", "digest");
  return locked(call, "update", () => {
    const old = storageEntry(call.node, id);
    requireDigest(call);
    const { type = "" } = old;
    requireChangeable(type, given, dropped);
    requireContent({ ...given, type });
    const secrets = type === "pbs" ? storeSecrets(call.cluster, id, given, false) : { entry: {}, returned: {} };
    for (const name of SENSITIVE) if (dropped.includes(name)) dropSecret(call.cluster, id, name);
    const kept = Object.entries(old).filter(([name]) => !dropped.includes(name) && !(name in given));
    const entry = { ...Object.fromEntries(kept), ...plain(given), ...secrets.entry };
    call.cluster.storages.change(({ storages }) => (storages[id] = entry));
    return Promise.resolve(answer(id, type, secrets.returned));
  });
}

function requireDigest(call: Call): void {
  const digest = call.text("digest");
  if (digest === undefined || digest === digestOf(call.cluster.storages.value)) return;
  throw impossible("detected modified configuration - file changed by other user? Try again.");
}

function requireChangeable(type: string, given: StorageEntry, dropped: readonly string[]): void {
  const { options } = storageType(type);
  for (const name of Object.keys(given).sort()) {
    if (options[name] === undefined) throw impossible(`unexpected property '${name}'`);
    if (options[name] === "fixed") throw impossible(`can't change value of fixed parameter '${name}'`);
  }
  for (const name of dropped) {
    if (options[name] === undefined) throw invalid({ delete: `unknown option '${name}'` });
    if (options[name] === "fixed") throw impossible(`unable to delete required option '${name}'`);
    if (name in given) throw impossible(`cannot set and delete property '${name}' at the same time!`);
  }
}

/** The secrets go with the entry: after this the key is nowhere on the node. */
async function deleteStorage(call: Call): Promise<null> {
  const id = call.required("storage");
  return locked(call, "delete", () => {
    storageEntry(call.node, id);
    for (const name of SENSITIVE) dropSecret(call.cluster, id, name);
    call.cluster.storages.change(({ storages }) => Reflect.deleteProperty(storages, id));
    return Promise.resolve(null);
  });
}

/** PVE names the step in front of what went wrong under the config lock. */
async function locked<T>(call: Call, step: "create" | "update" | "delete", work: () => Promise<T>): Promise<T> {
  try {
    return await call.cluster.storageLock.hold(work);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 500) throw error;
    throw impossible(`${step} storage failed: ${error.message}`);
  }
}
