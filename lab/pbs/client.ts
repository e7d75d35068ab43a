import { constants, publicEncrypt } from "node:crypto";
import { STATUS_CODES } from "node:http";

import {
  type BackupContents,
  type BackupListItem,
  type BackupOrder,
  type Backups,
  type BackupTarget,
  type Connect,
  type DatastoreUsage,
} from "./client-interface";
import { Connection, HttpError } from "./connection";
import { chunkDigest, decodeBlob, encodeBlob, isEncrypted } from "./store/blob";
import { type EncryptionKey, parseKeyFile, shortFingerprint } from "./store/encryption-key";
import { CHUNK_SIZE, decodeIndex, encodeIndex, indexChecksum } from "./store/fixed-index";
import {
  blobChecksum,
  createManifest,
  decodeManifest,
  encodeManifest,
  MANIFEST_NAME,
  type ManifestFile,
  rejectForeignKey,
} from "./store/manifest";

type SnapshotName = Parameters<Backups["restore"]>[0];

/** Connects to a datastore. Nothing is asked of the server yet. */
export const connect: Connect = (target) => new BackupClient(target);

/** What a backup client does: cuts, names and encrypts contents before they leave, and undoes it on the way back. */
export class BackupClient implements Backups {
  readonly #connection: Connection;

  constructor(private readonly target: BackupTarget) {
    this.#connection = new Connection(target);
  }

  async backup(order: BackupOrder): Promise<void> {
    const key = order.key === undefined ? undefined : parseKeyFile(order.key);
    if (key !== undefined) order.log?.(`Encryption key fingerprint: ${shortFingerprint(key.fingerprint)}`);
    const { datastore: store, ns } = this.target;
    const { type, id, time } = order;
    const start = JSON.stringify({ store, ns, type, id, time });
    const { session } = (await this.#json("POST", "sessions", start)) as { session: string };
    try {
      await this.#upload(`sessions/${session}`, order, key);
    } catch (error) {
      await this.#json("DELETE", `sessions/${session}`).catch(() => undefined);
      throw error;
    }
    if (order.notes !== undefined) await this.#note(order, order.notes);
  }

  async files(snapshot: SnapshotName, keyText?: string): Promise<string[]> {
    const { manifest } = await this.#opened(snapshot, keyText);
    return manifest.files.map(({ filename }) => filename);
  }

  async restore(snapshot: SnapshotName, keyText?: string, parts: "all" | "blobs" = "all"): Promise<BackupContents> {
    const { query, manifest, key } = await this.#opened(snapshot, keyText);
    const blobs: Record<string, Buffer> = {};
    const images: Record<string, Buffer> = {};
    for (const { filename, csum, "crypt-mode": mode } of manifest.files) {
      if (parts === "blobs" && !filename.endsWith(".blob")) continue;
      const bytes = await this.#read(`file/${filename}`, query);
      const used = mode === "encrypt" ? key : undefined;
      if (filename.endsWith(".fidx"))
        images[filename.slice(0, -".fidx".length)] = await this.#image(bytes, csum, query, used);
      else blobs[filename.slice(0, -".blob".length)] = blobContents(filename, bytes, csum, used);
    }
    return { blobs, images };
  }

  async #opened(snapshot: SnapshotName, keyText: string | undefined) {
    const query = { store: this.target.datastore, ...this.#snapshotQuery(snapshot) };
    const manifest = decodeManifest(await this.#read(`file/${MANIFEST_NAME}`, query));
    const key = keyText === undefined ? undefined : parseKeyFile(keyText);
    rejectForeignKey(manifest, key);
    return { query, manifest, key };
  }

  async list(): Promise<BackupListItem[]> {
    const query = this.target.ns === "" ? {} : { ns: this.target.ns };
    const listed = await this.#connection.api({ method: "GET", path: `${this.#storePath()}/snapshots`, query });
    return (listed as Record<string, unknown>[]).map(
      ({ "backup-type": type, "backup-id": id, "backup-time": time, ...rest }) => {
        return { ...rest, type, id, time } as unknown as BackupListItem;
      },
    );
  }

  async usage(): Promise<DatastoreUsage> {
    return (await this.#connection.api({ method: "GET", path: `${this.#storePath()}/status` })) as DatastoreUsage;
  }

  async datastores(): Promise<string[]> {
    const asked = this.#connection.api({ method: "GET", path: "/admin/datastore" });
    const listed = await asked.catch((error: unknown) => {
      throw statusLine(error);
    });
    return (listed as { store: string }[]).map(({ store }) => store);
  }

  async forget(snapshot: SnapshotName): Promise<void> {
    const query = this.#snapshotQuery(snapshot);
    await this.#connection.api({ method: "DELETE", path: `${this.#storePath()}/snapshots`, query });
  }

  async #upload(session: string, order: BackupOrder, key: EncryptionKey | undefined): Promise<void> {
    const files: ManifestFile[] = [];
    const mode = key === undefined ? "none" : "encrypt";
    const add = async (filename: string, bytes: Buffer) => {
      await this.#json("PUT", `${session}/files/${encodeURIComponent(filename)}`, bytes);
      files.push({ filename, size: bytes.length, csum: blobChecksum(bytes), "crypt-mode": mode });
    };
    for (const [name, contents] of Object.entries(order.blobs)) {
      await add(`${name}.blob`, encodeBlob(contents, key));
    }
    for (const [name, contents] of Object.entries(order.images)) {
      const index = await this.#uploadImage(session, name, contents, key, order);
      files.push({ filename: `${name}.fidx`, size: contents.length, csum: indexChecksum(index), "crypt-mode": mode });
    }
    const { key: keyText, masterKey } = order;
    if (keyText !== undefined && masterKey !== undefined)
      await add("rsa-encrypted.key.blob", encodeBlob(encryptedKey(keyText, masterKey)));
    const snapshot = { ns: this.target.ns, type: order.type, id: order.id, time: order.time };
    await this.#json("PUT", `${session}/files/${MANIFEST_NAME}`, encodeManifest(createManifest(snapshot, files, key)));
    await this.#json("POST", `${session}/finish`);
  }

  async #uploadImage(
    session: string,
    name: string,
    contents: Buffer,
    key: EncryptionKey | undefined,
    order: BackupOrder,
  ) {
    const chunks = new Map<string, Buffer>();
    const digests: string[] = [];
    for (let at = 0; at < contents.length; at += CHUNK_SIZE) {
      const chunk = contents.subarray(at, at + CHUNK_SIZE);
      const digest = chunkDigest(chunk, key);
      chunks.set(digest, chunk);
      digests.push(digest);
    }
    const missing = (await this.#json("POST", `${session}/missing`, JSON.stringify([...chunks.keys()]))) as string[];
    for (const digest of missing) {
      await this.#json("PUT", `${session}/chunks/${digest}`, encodeBlob(chunks.get(digest) ?? Buffer.alloc(0), key));
    }
    const index = { size: contents.length, digests };
    await this.#json("PUT", `${session}/files/${encodeURIComponent(`${name}.fidx`)}`, encodeIndex(index, order.time));
    order.log?.(
      `${name}: had to upload ${missing.length} of ${digests.length} chunks, ${contents.length} bytes in all`,
    );
    return index;
  }

  async #image(
    bytes: Buffer,
    csum: string,
    query: Record<string, string | number>,
    key: EncryptionKey | undefined,
  ): Promise<Buffer> {
    const index = decodeIndex(bytes);
    if (indexChecksum(index) !== csum) throw new Error("wrong checksum for file in manifest");
    const known = new Map<string, Buffer>();
    const parts: Buffer[] = [];
    for (const digest of index.digests) {
      const chunk = known.get(digest) ?? decodeChunk(await this.#read(`chunk/${digest}`, query), key);
      if (chunkDigest(chunk, key) !== digest) throw new Error(`detected chunk with wrong digest - ${digest}`);
      known.set(digest, chunk);
      parts.push(chunk);
    }
    return Buffer.concat(parts, index.size);
  }

  async #note({ type, id, time }: BackupOrder, notes: string): Promise<void> {
    const body = JSON.stringify({ ...this.#snapshotQuery({ type, id, time }), notes });
    const headers = { "content-type": "application/json" };
    await this.#connection.api({ method: "PUT", path: `${this.#storePath()}/notes`, body, headers });
  }

  async #json(method: "POST" | "PUT" | "DELETE", path: string, body?: Buffer | string): Promise<unknown> {
    const answer = await this.#connection.send({
      method,
      path: `/lab-backup/${path}`,
      ...(body !== undefined && { body }),
    });
    return JSON.parse(answer.toString("utf8"));
  }

  #read(path: string, query: Record<string, string | number>): Promise<Buffer> {
    return this.#connection.send({ method: "GET", path: `/lab-backup/read/${path}`, query });
  }

  #snapshotQuery({ type, id, time }: SnapshotName): Record<string, string | number> {
    const { ns } = this.target;
    return { ...(ns !== "" && { ns }), "backup-type": type, "backup-id": id, "backup-time": time };
  }

  #storePath(): string {
    return `/admin/datastore/${encodeURIComponent(this.target.datastore)}`;
  }
}

/** The key file as each backup carries it when the storage has a master key. Source: PBS 4.2, pbs-key-config/src/lib.rs. */
function encryptedKey(keyText: string, masterKey: string): Buffer {
  return publicEncrypt({ key: masterKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(keyText));
}

function blobContents(filename: string, bytes: Buffer, csum: string, key: EncryptionKey | undefined): Buffer {
  if (blobChecksum(bytes) !== csum) throw new Error(`wrong checksum for file '${filename}'`);
  return decodeBlob(bytes, key);
}

/** A chunk of an index. The client looks at its form before it opens it (observed on PBS 4.2.3). */
function decodeChunk(blob: Buffer, key: EncryptionKey | undefined): Buffer {
  if (isEncrypted(blob) !== (key !== undefined)) throw new Error("Index and chunk CryptMode don't match.");
  return decodeBlob(blob, key);
}

/** PVE asks for datastores with a client of its own, which shows the status line and not the body. */
function statusLine(error: unknown): unknown {
  return error instanceof HttpError ? new Error(`${error.status} ${STATUS_CODES[error.status] ?? ""}`) : error;
}
