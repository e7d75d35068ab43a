import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { whileLocked } from "./lock";
import { isRunning, THIS_PROCESS } from "./process-identity";

/** Folder of everything that was built once for this machine, outside any repository. A variable that is empty counts as unset. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const [own, shared, home = homedir()] = ["TAPPAAS_CACHE", "XDG_CACHE_HOME", "HOME"].map((name) =>
    env[name] === "" ? undefined : env[name],
  );
  return own ?? join(shared ?? join(home, ".cache"), "tappaas-resilience");
}

/** Everything on which a built engine depends; another value of any of it is another engine. */
export interface BuildInputs {
  /** Contents of source files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What `go version` says. */
  readonly go: string;
  /** Versions of the packages from which the language host is bundled, by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** Architecture of the machine. */
  readonly arch: string;
}

/** Name of the folder that holds what these inputs make. */
export function cacheKey({ files, go, packages, arch }: BuildInputs): string {
  const inputs = JSON.stringify([sorted(files), go, sorted(packages), arch]);
  return createHash("sha256").update(inputs).digest("hex").slice(0, 24);
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
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
 * `build` works in a folder beside it, which takes the name only when it is complete and on the disk: an interrupted build
 * leaves nothing that a later run could mistake for a finished one. Two runs at once: the second waits for the first.
 */
export async function cached(root: string, key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const finished = join(root, key);
  if (existsSync(finished)) return finished;
  mkdirSync(root, { recursive: true });
  await whileLocked(join(root, `${key}.lock`), async () => {
    if (existsSync(finished)) return;
    sweep(root);
    const unfinished = mkdtempSync(join(root, `${UNFINISHED}${THIS_PROCESS}-`));
    try {
      await build(unfinished);
      flush(unfinished);
      rename(unfinished, finished);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  });
  return finished;
}

/** How folders begin that a build works in; its process follows. */
const UNFINISHED = "unfinished-";

/** Removes what builds left behind whose process is gone. */
function sweep(root: string): void {
  for (const name of readdirSync(root)) {
    const owner = new RegExp(`^${UNFINISHED}(\\d+-\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isRunning(owner)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Brings a folder and all below it to the disk, so that no power cut leaves a finished name with empty files. */
function flush(path: string): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) flush(join(path, name));
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives the folder its name, unless another process has made the same meanwhile. */
function rename(unfinished: string, finished: string): void {
  try {
    renameSync(unfinished, finished);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}
