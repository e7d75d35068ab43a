import { readFile, stat } from "node:fs/promises";

import * as age from "age-encryption";

import { KeyError, mintBackupKey, parseBackupKey, type BackupKey } from "./backup-key";
import { FileExists, writePrivateFile } from "./private-file";

/** Where a backup key is kept: encrypted with age, apart from the secrets of any stack. */
export interface KeyFilePaths {
  /** The key, encrypted: `backup-key.age`. Of no use without the identity. */
  readonly keyFile: string;
  /** The age identity that opens it, mode 0600. **Who holds both files reads every backup.** */
  readonly identityFile: string;
}

/**
 * Mints a backup key into a new key file. An identity that exists is used, otherwise one is made; neither file is ever
 * written over, for with an old key go all backups that it encrypted.
 *
 * Interrupted between the two files it leaves an identity without a key, and can be run again.
 * @throws {KeyError} When the key file exists, or the identity file holds none.
 */
export async function mintKeyFile({ keyFile, identityFile }: KeyFilePaths): Promise<BackupKey> {
  if (await exists(keyFile)) throw refusal(keyFile);
  const identity = await ensureIdentity(identityFile);
  const key = mintBackupKey();
  await writeKeyFile(keyFile, identity, key);
  return key;
}

/**
 * Puts a key that exists, such as one read from the escrow sheet, into a new key file.
 * @throws {KeyError} When the key file exists, or the identity file holds none.
 */
export async function keepKeyFile({ keyFile, identityFile }: KeyFilePaths, key: BackupKey): Promise<void> {
  if (await exists(keyFile)) throw refusal(keyFile);
  const identity = await ensureIdentity(identityFile);
  await writeKeyFile(keyFile, identity, key);
}

/**
 * Reads a backup key into memory, and proves its fingerprint.
 * @throws {KeyError} When a file is missing, is no key file, or was made for another identity.
 */
export async function readKeyFile(path: string, identityFile: string): Promise<BackupKey> {
  const identity = await readIdentity(identityFile);
  const encrypted = await contentOf(path, "key file", "make one with `make key`, or restore it from the escrow sheet");
  return parseBackupKey(await opened(encrypted, identity, path, identityFile));
}

async function writeKeyFile(path: string, identity: string, key: BackupKey): Promise<void> {
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(await age.identityToRecipient(identity));
  const armored = age.armor.encode(await encrypter.encrypt(key.json));
  try {
    await writePrivateFile(path, armored);
  } catch (error) {
    throw error instanceof FileExists ? refusal(path) : error;
  }
}

/**
 * The age identity in a file, which is made, for its owner alone, when there is none.
 * @throws {KeyError} When the file holds none, or others can read it.
 */
export async function ensureIdentity(path: string): Promise<string> {
  return (await exists(path)) ? readIdentity(path) : mintIdentity(path);
}

/** The public half of an identity, `age1…`, to which others encrypt. */
export function recipientOf(identity: string): Promise<string> {
  return age.identityToRecipient(identity);
}

async function mintIdentity(path: string): Promise<string> {
  const identity = await age.generateX25519Identity();
  const recipient = await age.identityToRecipient(identity);
  try {
    await writePrivateFile(path, `# secret; public part: ${recipient}\n${identity}\n`);
    return identity;
  } catch (error) {
    // Somebody made one meanwhile: theirs is the one that will be kept.
    if (error instanceof FileExists) return readIdentity(path);
    throw error;
  }
}

async function readIdentity(path: string): Promise<string> {
  const text = (
    await contentOf(path, "age identity", "set its path, or restore the key from the escrow sheet")
  ).toString();
  await expectPrivate(path);
  const identity = text.split("\n").find((line) => /^AGE-SECRET-KEY-1[A-Z0-9]+\s*$/.test(line));
  if (identity !== undefined) return identity.trim();
  throw new KeyError(
    `Expected an age identity, a line AGE-SECRET-KEY-1…, in ${path}; name the file that opens the key file.`,
  );
}

/** A secret that others on the machine can read is none. */
async function expectPrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  throw new KeyError(
    `Expected mode 0600 on ${path}, got ${shown}: others on this machine can read it; run \`chmod 600 ${path}\`.`,
  );
}

/** Messages of the library are left out: they are not written for a person, and nothing of the content may reach a log. */
async function opened(encrypted: Buffer, identity: string, path: string, identityFile: string): Promise<string> {
  try {
    const decrypter = new age.Decrypter();
    decrypter.addIdentity(identity);
    return await decrypter.decrypt(age.armor.decode(encrypted.toString()), "text");
  } catch {
    throw new KeyError(
      `Cannot open ${path} with the identity in ${identityFile}: the file is damaged or was made for another identity. ` +
        "Use the identity made with it, or restore the key from the escrow sheet.",
    );
  }
}

async function contentOf(path: string, what: string, cure: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const reason = code === "ENOENT" ? "there is none" : `it cannot be read (${code})`;
    throw new KeyError(`Expected the ${what} at ${path}, but ${reason}; ${cure}.`);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
}

function refusal(path: string): KeyError {
  return new KeyError(
    `${path} exists already and was left as it is: backups may need it. ` +
      "To go on with that key do nothing; for another, name another file and keep this one as long as its backups.",
  );
}
