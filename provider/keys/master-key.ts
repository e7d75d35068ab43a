import { constants, createPrivateKey, createPublicKey, generateKeyPair, privateDecrypt } from "node:crypto";
import { promisify } from "node:util";

import { KeyError, parseBackupKey, type BackupKey } from "./backup-key";

/**
 * A second way back to the data: each backup carries its own key, encrypted to the public half. Who has the private half and its
 * passphrase reads every backup that was made since, whatever key it was made with.
 */
export interface MasterKey {
  /** Public half as PEM, for the nodes. No secret. */
  readonly publicKey: string;
  /** Private half as PEM, encrypted with the passphrase. It stands on the escrow sheet and nowhere else. */
  readonly privateKey: string;
}

/** RSA-4096: a shorter one does not take a whole key file in one block. Source: PBS 4.2, pbs-key-config/src/lib.rs. */
const BITS = 4096;

/** Characters below which a passphrase is guessed once somebody has a photograph of the sheet. */
export const SHORTEST_PASSPHRASE = 12;

/**
 * A new master key, in the forms that `proxmox-backup-client key create-master-key` makes.
 * @throws {KeyError} When the passphrase is too short.
 */
export async function mintMasterKey(passphrase: string): Promise<MasterKey> {
  if (passphrase.length < SHORTEST_PASSPHRASE) {
    throw new KeyError(
      `Expected a passphrase of ${SHORTEST_PASSPHRASE} characters or more, got ${passphrase.length}; take four words by chance.`,
    );
  }
  return promisify(generateKeyPair)("rsa", {
    modulusLength: BITS,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase },
  });
}

/**
 * The key with which a backup was made, from the file `rsa-encrypted.key` in it.
 * @throws {KeyError} When the passphrase or the master key is another.
 */
export function openWithMasterKey(privateKey: string, passphrase: string, encrypted: Uint8Array): BackupKey {
  return parseBackupKey(unpadded(decrypted(privateKey, passphrase, encrypted)).toString("utf8"));
}

/**
 * Whether a private half opens with a passphrase and belongs to a public half.
 * @throws {KeyError} When the passphrase is another, or the text is none.
 */
export function belongsTo({ publicKey, privateKey }: MasterKey, passphrase: string): boolean {
  const own = createPublicKey(opened(privateKey, passphrase)).export({ type: "spki", format: "pem" });
  return own.toString().trim() === publicKey.trim();
}

function opened(privateKey: string, passphrase: string) {
  try {
    return createPrivateKey({ key: privateKey, format: "pem", passphrase });
  } catch {
    // The library's message would say nothing that helps, and may quote.
    throw new KeyError(
      "The master key does not open: the passphrase is another, or the copy is cut; try the other sheet.",
    );
  }
}

function decrypted(privateKey: string, passphrase: string, encrypted: Uint8Array): Buffer {
  const key = opened(privateKey, passphrase);
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    throw new KeyError("This backup's key was not encrypted to this master key; take the sheet of another date.");
  }
}

/** PKCS#1 v1.5, type 2. It is undone here because Node.js refuses it to servers, which an attacker could ask many times. */
function unpadded(block: Buffer): Buffer {
  const end = block.indexOf(0, 2);
  if (block[0] === 0 && block[1] === 2 && end >= 10) return block.subarray(end + 1);
  throw new KeyError("This backup's key was not encrypted to this master key; take the sheet of another date.");
}
