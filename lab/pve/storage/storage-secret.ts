import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { type PveCluster } from "../cluster";
import { keyFingerprint } from "../key-fingerprint";
import { impossible } from "../refusal";

/** Options of a storage that never go into storage.cfg. */
export const SENSITIVE = ["password", "encryption-key", "master-pubkey"] as const;

const EXTENSION = { password: "pw", "encryption-key": "enc", "master-pubkey": "master.pem" } as const;

/** Reads a secret of a storage; undefined when it has none. */
export function readSecret(
  cluster: PveCluster,
  id: string,
  extension: "pw" | "enc" | "master.pem",
): string | undefined {
  const file = cluster.secretFile(id, extension);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** What a change of secrets leaves in storage.cfg and in the answer. */
export interface SecretChange {
  /** Options to set in the entry: the key's fingerprint, `1` for a master key. */
  readonly entry: Record<string, string>;
  /** What the answer's `config` holds: the key itself, as PVE returns it. */
  readonly returned: Record<string, string>;
}

/**
 * Stores secrets that were sent. When a storage is made, those that were not sent are deleted: an old key file of the
 * same id is gone then. When it is changed, only what was sent is touched.
 * Source: pve-storage, src/PVE/Storage/PBSPlugin.pm `on_add_hook`, `on_update_hook`.
 */
export function storeSecrets(
  cluster: PveCluster,
  id: string,
  sent: Readonly<Record<string, string>>,
  isNew: boolean,
): SecretChange {
  const change: SecretChange = { entry: {}, returned: {} };
  for (const name of SENSITIVE) {
    const value = sent[name];
    if (value === undefined) {
      if (isNew) dropSecret(cluster, id, name);
    } else if (name === "encryption-key") storeKey(cluster, id, value, change);
    else if (name === "master-pubkey") storeMasterKey(cluster, id, value, change);
    else write(cluster.secretFile(id, "pw"), value);
  }
  return change;
}

/** Deletes one secret of a storage. */
export function dropSecret(cluster: PveCluster, id: string, name: (typeof SENSITIVE)[number]): void {
  rmSync(cluster.secretFile(id, EXTENSION[name]), { force: true });
}

function storeKey(cluster: PveCluster, id: string, value: string, change: SecretChange): void {
  const file = cluster.secretFile(id, "enc");
  if (value === "autogen" && existsSync(file)) renameSync(file, cluster.secretFile(id, "enc.old"));
  const json = value === "autogen" ? generatedKey() : value;
  const fingerprint = fingerprintOf(json);
  write(file, json);
  change.entry["encryption-key"] = fingerprint ?? "1";
  change.returned["encryption-key"] = json;
}

function fingerprintOf(json: string): string | undefined {
  const key = parseKey(json);
  if (key?.data === undefined) throw impossible("Value does not seems like a valid, JSON formatted encryption key!");
  return key.fingerprint;
}

function parseKey(json: string): { data?: string; fingerprint?: string } | undefined {
  try {
    return JSON.parse(json) as { data?: string; fingerprint?: string };
  } catch {
    return undefined;
  }
}

function storeMasterKey(cluster: PveCluster, id: string, value: string, change: SecretChange): void {
  if (change.entry["encryption-key"] === undefined && readSecret(cluster, id, "enc") === undefined) {
    throw impossible("'master-pubkey' can only be used together with 'encryption-key'");
  }
  write(cluster.secretFile(id, "master.pem"), Buffer.from(value, "base64").toString("utf8"));
  change.entry["master-pubkey"] = "1";
}

function generatedKey(): string {
  const data = randomBytes(32);
  const now = new Date().toISOString().replace(/\.\d+Z$/, "+00:00");
  const fingerprint = keyFingerprint(data);
  return JSON.stringify({ kdf: null, created: now, modified: now, data: data.toString("base64"), fingerprint });
}

function write(file: string, value: string): void {
  writeFileSync(file, value, { mode: 0o600 });
}
