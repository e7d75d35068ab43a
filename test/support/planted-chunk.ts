import { randomBytes } from "node:crypto";

import { type BackupTarget } from "../../lab/pbs/client-interface";
import { Connection } from "../../lab/pbs/connection";
import { chunkDigest, encodeBlob } from "../../lab/pbs/store/blob";
import { encryptionKey } from "../../lab/pbs/store/encryption-key";
import { CHUNK_SIZE } from "../../lab/pbs/store/fixed-index";

/**
 * Plants garbage under the name of data that is not stored yet, with the login of whoever writes backups. The server cannot look into an
 * encrypted chunk, so it takes any name for it.
 */
export async function plantChunk(target: BackupTarget, group: string, data: Buffer): Promise<void> {
  const connection = new Connection(target);
  const [type = "", id = ""] = group.split("/");
  const send = async (method: "POST" | "PUT" | "DELETE", path: string, body?: Buffer | string) =>
    (
      await connection.send({ method, path: `/lab-backup/sessions${path}`, ...(body !== undefined && { body }) })
    ).toString();
  const time = Math.floor(Date.now() / 1_000);
  const start = JSON.stringify({ store: target.datastore, ns: target.ns, type, id, time });
  const { session } = JSON.parse(await send("POST", "", start)) as { session: string };
  const garbage = encodeBlob(randomBytes(1_024), encryptionKey(randomBytes(32)));
  await send("PUT", `/${session}/chunks/${chunkDigest(data.subarray(0, CHUNK_SIZE))}`, garbage);
  await send("DELETE", `/${session}`);
}
