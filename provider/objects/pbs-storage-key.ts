import { type PbsSnapshot } from "../clients/pbs-shapes";
import { caseless, given, text, trimmed, type Fields } from "./fields";
import { PBS_STORAGE_INPUTS as INPUTS } from "./pbs-storage-inputs";
import { Refusal } from "./refusal";
import { type Site } from "./site";

/** Gives the entry the key, and the master key besides, where it lacks them, has others, or was found to have lost them. */
export async function updateKey(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<void> {
  const lost = "storage" in seen && seen["encryptionKeyFingerprint"] === undefined;
  const held = !lost && caseless(living["encryptionKeyFingerprint"]) === caseless(wanted["encryptionKeyFingerprint"]);
  const master = trimmed(seen["masterPublicKey"]) === trimmed(wanted["masterPublicKey"]);
  if (held && master) return;
  if (living["encryptionKeyFingerprint"] === undefined) await tellOpenSnapshots(site, wanted);
  const unset = wanted["masterPublicKey"] === undefined && !master ? ["master-pubkey"] : [];
  await site.pve().updateStorage(text(wanted, "storage"), given(await keyParameters(site, wanted)), unset);
}

/**
 * The key, read for this one request and compared with what the program names; the caller drops it.
 * @throws {Refusal} When the key file holds another key.
 */
export async function keyParameters(site: Site, wanted: Fields) {
  const { encryptionKeyFingerprint, masterPublicKey } = INPUTS.parse(wanted);
  const key = await site.key();
  if (caseless(key.fingerprint) !== caseless(encryptionKeyFingerprint)) {
    const cure = "Point keyFile at that key, or write the fingerprint of this one into the program";
    throw new Refusal(`expected the key ${encryptionKeyFingerprint}, got a key file with ${key.fingerprint}. ${cure}`);
  }
  const master = masterPublicKey === undefined ? undefined : Buffer.from(masterPublicKey).toString("base64");
  return { "encryption-key": key.json, "master-pubkey": master };
}

/** A key that comes later encrypts what comes later: what lies there already stays as it is, and stays restorable. */
async function tellOpenSnapshots(site: Site, wanted: Fields): Promise<void> {
  const { storage, datastore, namespace } = INPUTS.parse(wanted);
  if (!site.hasPbs) return;
  const all = await site.pbs().snapshots(datastore, namespace);
  const open = all.filter(isOpen);
  if (open.length === 0) return;
  const groups = [...new Set(open.map((one) => `${one["backup-type"]}/${one["backup-id"]}`))].sort();
  site.tell(
    `pve:PbsStorage/${storage} is given its key. ${open.length} of ${all.length} backup snapshots from before lie unencrypted ` +
      `in ${datastore} (${groups.join(", ")}): they can be restored as before, whoever reads the server can read them, ` +
      "and they go as retention says",
  );
}

/** PBS itself writes the index and the log; what a guest holds is in the other files. */
function isOpen({ files }: PbsSnapshot): boolean {
  const data = files.filter(({ filename }) => /\.(?:fidx|didx)$/.test(filename));
  return data.some((file) => file["crypt-mode"] !== "encrypt");
}
