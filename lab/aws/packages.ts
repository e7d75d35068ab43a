import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What the emulator is made of: each package with its version and the digests of its files. */
const REQUIREMENTS = join(__dirname, "requirements.txt");

const OLDEST_PYTHON = [3, 10] as const;

/** How the emulator's packages are found by a Python of this machine. */
export interface Python {
  /** The program. */
  readonly command: string;
  /** Its environment. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A Python that finds the emulator's packages. They are installed once a machine and a version of Python, below ~/.cache, from the
 * registry that pip is set up for; a digest that differs is refused. `pip --target` needs no virtual environment, which Debian packs apart.
 * @throws {Error} Saying what is missing and the cure.
 */
export async function pythonWithPackages(tell: (line: string) => void = () => undefined): Promise<Python> {
  const version = await versionOfPython();
  const digest = createHash("sha256").update(readFileSync(REQUIREMENTS)).update(version).digest("hex").slice(0, 16);
  const folder = join(cacheRoot(), `moto-${digest}`);
  if (!existsSync(folder)) await install(folder, tell);
  return {
    command: "python3",
    env: { ...process.env, PYTHONPATH: folder, PYTHONNOUSERSITE: "1", PYTHONUNBUFFERED: "1" },
  };
}

function cacheRoot(): string {
  const [own, shared, home = homedir()] = ["TAPPAAS_CACHE", "XDG_CACHE_HOME", "HOME"].map((name) =>
    process.env[name] === "" ? undefined : process.env[name],
  );
  return own ?? join(shared ?? join(home, ".cache"), "tappaas-resilience");
}

async function versionOfPython(): Promise<string> {
  const cure = `Cure: install Python ${OLDEST_PYTHON.join(".")} or newer with pip: apt install python3 python3-pip`;
  const asked = await ran(["-c", "import sys; print(*sys.version_info[:2], sys.implementation.cache_tag)"]);
  if (asked?.code !== 0) {
    throw new Error(`The lab's AWS is an emulator in Python, and there is no python3 on PATH.\n${cure}`);
  }
  const [major = 0, minor = 0] = asked.out.split(" ").map(Number);
  if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return asked.out.trim();
  throw new Error(
    `The lab's AWS needs Python ${OLDEST_PYTHON.join(".")} or newer, and python3 is ${major}.${minor}.\n${cure}`,
  );
}

/** Works in a folder beside it, which gets the name only when it is complete; of two at once the second throws its work away. */
async function install(folder: string, tell: (line: string) => void): Promise<void> {
  if ((await ran(["-m", "pip", "--version"]))?.code !== 0) {
    const why = "The lab's AWS is an emulator in Python, and python3 has no pip to install it with.";
    throw new Error(`${why}\nCure: apt install python3-pip, or python3 -m ensurepip`);
  }
  const root = join(folder, "..");
  mkdirSync(root, { recursive: true });
  sweep(root);
  const unfinished = mkdtempSync(join(root, UNFINISHED));
  tell("installing the emulator of AWS (moto, from its Python packages); usually half a minute to a minute");
  const started = Date.now();
  try {
    const where = ["--target", unfinished, "--no-warn-conflicts", "--disable-pip-version-check"];
    const asked = ["-m", "pip", "install", "--quiet", "--require-hashes", ...where, "-r", REQUIREMENTS];
    const done = await ran(asked);
    if (done?.code !== 0) {
      const end = done?.err.trim().split("\n").slice(-6).join("\n") ?? "python3 is gone";
      const cure = "Cure: see that pip reaches its registry (pip config list)";
      throw new Error(`The emulator of AWS could not be installed:\n${end}\n${cure}`);
    }
    rename(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  tell(`  done after ${Math.round((Date.now() - started) / 1000)} s`);
}

const UNFINISHED = "unfinished-moto-";
const ABANDONED_MS = 3_600_000;

/** What an installation left behind that was killed. */
function sweep(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(UNFINISHED)) continue;
    if (Date.now() - statSync(join(root, name)).mtimeMs > ABANDONED_MS) rmSync(join(root, name), { recursive: true });
  }
}

function rename(unfinished: string, finished: string): void {
  try {
    renameSync(unfinished, finished);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs python3; undefined when there is none. */
function ran(args: readonly string[]): Promise<Ran | undefined> {
  const child = spawn("python3", args, { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  return new Promise((resolve) => {
    child.on("error", () => {
      resolve(undefined);
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 1, out: Buffer.concat(out).toString("utf8"), err: Buffer.concat(err).toString("utf8") });
    });
  });
}
