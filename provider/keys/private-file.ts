import { randomBytes } from "node:crypto";
import { link, mkdir, open, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Thrown when a file is already there: it is left as it is. */
export class FileExists extends Error {
  /** Absolute path of the file. */
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already and was left as it is.`);
    this.name = "FileExists";
    this.path = path;
  }
}

/**
 * Writes a new file that its owner alone can read (mode 0600): whole and on disk, or not at all, and never over another.
 * A folder that is missing is made, for its owner alone.
 * @throws {FileExists} When the path is taken, even by somebody who came a moment before.
 */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  const target = resolve(path);
  const draft = `${target}.${randomBytes(6).toString("hex")}.new`;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  try {
    await writeDurably(draft, content);
    await publish(draft, target, content);
  } catch (error) {
    if (hasCode(error, "EEXIST")) throw new FileExists(target);
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  await syncFolder(dirname(target));
}

/** A hard link fails where a rename would replace what is there; a USB stick with FAT knows none and gets a second copy. */
async function publish(draft: string, target: string, content: string | Uint8Array): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].some((code) => hasCode(error, code))) throw error;
    await writeDurably(target, content);
  }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is on disk only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
