import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Folder of everything that was built once for this machine, outside any repository. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache");
  return env["TAPPAAS_CACHE"] ?? join(base, "tappaas-resilience");
}

/** Everything on which a built engine depends; another value of any of it is another engine. */
export interface BuildInputs {
  /** Contents of source files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What `go version` says. */
  readonly go: string;
  /** Version of the SDK from which the language host is bundled. */
  readonly sdk: string;
  /** Architecture of the machine. */
  readonly arch: string;
}

/** Name of the folder that holds what these inputs make. */
export function cacheKey({ files, go, sdk, arch }: BuildInputs): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([sorted, go, sdk, arch]))
    .digest("hex")
    .slice(0, 24);
}

/** All files below `folder`, by their path relative to `root`. */
export function sourcesBelow(root: string, folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, sourcesBelow(root, path));
    else found[path] = readFileSync(join(root, path), "utf8");
  }
  return found;
}

/**
 * The folder `<root>/<key>`, made by `build` when it is not there.
 *
 * `build` works in a folder beside it, which takes the name only when it is complete: an interrupted build leaves nothing that
 * a later run could mistake for a finished one. Two runs at once: the second waits for the first.
 */
export async function cached(root: string, key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const finished = join(root, key);
  if (existsSync(finished)) return finished;
  mkdirSync(root, { recursive: true });
  const lock = join(root, `${key}.lock`);
  await takeLock(lock);
  try {
    if (existsSync(finished)) return finished;
    const unfinished = join(root, `${key}.unfinished`);
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    await build(unfinished);
    renameSync(unfinished, finished);
    return finished;
  } finally {
    rmSync(lock, { force: true });
  }
}

const LOCK_POLL_MS = 1_000;

/** Takes the lock file, waiting for a living holder and taking over from a dead one. */
async function takeLock(lock: string): Promise<void> {
  for (let waited = false; !tryLock(lock); waited = true) {
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!waited) process.stderr.write(`Waiting for process ${holder ?? "?"}, which builds the same.\n`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

function tryLock(lock: string): boolean {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function holderOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
