import { type Call, type Operation } from "../operation";
import { LIST_FILES } from "../parameters/node";
import { forbidden, impossible, invalid, notImplemented } from "../refusal";
import { connectTo } from "../storage/pbs-storage";
import { storageEntry } from "../storage/storage";
import { readSecret } from "../storage/storage-secret";
import { parseBackupVolume } from "../storage/volume-id";

const NAME = "GET /nodes/{node}/storage/{storage}/file-restore/list";

/**
 * Files in a backup, by the client that starts a small machine for what is in an image; the archives themselves it lists without one.
 * Sources: pve-storage, src/PVE/API2/Storage/FileRestore.pm, src/PVE/Storage.pm `check_volume_access`; proxmox-backup,
 * proxmox-file-restore/src/main.rs.
 */
export const FILE_RESTORES: readonly Operation[] = [
  { name: NAME, parameters: LIST_FILES, permissions: { user: "all" }, handle: listFiles },
];

async function listFiles(call: Call): Promise<object[]> {
  const id = call.required("storage");
  const named = call.required("volume");
  const volume = parseBackupVolume(named.includes(":") ? named : `${id}:${named}`);
  if (volume === undefined) throw impossible(`unable to parse PBS volume name '${named}'`);
  requireAccess(call, id, volume.id);
  const entry = storageEntry(call.node, id);
  if (entry["type"] !== "pbs") throw invalid({ storage: "Only PBS storages supported for file-restore." });
  if (call.required("filepath") !== "/") throw notImplemented(`${NAME} below an archive`);
  const { type, id: guest, time } = volume;
  const key = readSecret(call.cluster, id, "enc");
  const files = await connectTo(call.node, id, entry)
    .files({ type, id: guest, time }, key)
    .catch((error: unknown) => {
      throw impossible(`proxmox-file-restore failed: Error: ${error instanceof Error ? error.message : String(error)}`);
    });
  return files.map((text) => ({ filepath: Buffer.from(`/${text}`).toString("base64"), text, leaf: 0, type: "v" }));
}

function requireAccess({ cluster, authId }: Call, storage: string, guest: string): void {
  const may = (path: string, right: string) => cluster.allows(authId, path, [right]);
  if (may(`/storage/${storage}`, "Datastore.Allocate")) return;
  if (!may(`/storage/${storage}`, "Datastore.AllocateSpace"))
    throw forbidden(`/storage/${storage}`, ["Datastore.AllocateSpace"]);
  if (!may(`/vms/${guest}`, "VM.Backup")) throw forbidden(`/vms/${guest}`, ["VM.Backup"]);
}
