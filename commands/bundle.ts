import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";

import { packEngine } from "./bundle/engine";
import { folderOf, MANIFEST_FILE, type Manifest } from "./bundle/manifest";
import { packSite } from "./bundle/site-files";
import { openScript, startHere } from "./bundle/texts";
import { type Stack } from "./engine/stack";
import { exportState } from "./engine/state";
import { pageOf } from "./runbook/html";
import { knownRunbook } from "./runbook/knowledge";
import { markdownOf } from "./runbook/markdown";
import { copyState, statePassphrase } from "./site/state-copy";
import { REPOSITORY } from "./stack-file";

/** A bundle that was made. */
export interface Bundle {
  /** Absolute path of the archive. */
  readonly archive: string;
  /** What it says of itself. */
  readonly manifest: Manifest;
}

/**
 * Makes one archive with all that a clean machine without internet needs to look after a site or rebuild it; no secret is in it in
 * the clear. Nothing is written over, and an archive has its name only when it is whole.
 * @param out Folder that gets it.
 * @param withState Whether the state is to be in it: whoever reads no login of it, as a repository's CI, leaves it out.
 * @throws {Error} With a cure when the settings hold a secret in the clear, or the repository is none.
 */
export async function makeBundle(
  stack: Stack,
  out: string,
  say: (line: string) => void,
  { withState = true, now = new Date() }: { readonly withState?: boolean; readonly now?: Date } = {},
): Promise<Bundle> {
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const name = `${folderOf(stack.name)}-${now.toISOString().replace(/\.\d+/, "").replaceAll(":", "")}.tar`;
  const archive = join(folder, name);
  if (existsSync(archive))
    throw new Error(`${archive} is there already.\nCure: wait a second, or name another folder.`);
  const staging = mkdtempSync(join(folder, ".bundle-"));
  try {
    const root = join(staging, folderOf(stack.name));
    mkdirSync(root);
    const manifest = await fill(stack, root, { name, now, say, withState });
    writeFileSync(join(root, "SHA256SUMS"), await checksums(root));
    const unfinished = join(staging, name);
    tar(["-cf", unfinished, "-C", staging, folderOf(stack.name)]);
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, archive);
    return { archive, manifest };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** How one is made. */
interface Packing {
  readonly name: string;
  readonly now: Date;
  readonly say: (line: string) => void;
  readonly withState: boolean;
}

async function fill(stack: Stack, root: string, { name, now, say, withState }: Packing): Promise<Manifest> {
  const runbook = knownRunbook(stack);
  writeFileSync(join(root, "runbook.md"), `${markdownOf(runbook)}\n`);
  writeFileSync(join(root, "runbook.html"), pageOf(runbook));
  const { settingsFile, leftOut } = packed(root, "site", (target) => packSite(stack, target));
  for (const file of leftOut) say(`left out, because it looks like a key or a sheet: ${file}`);
  const { commit, missing: uncommitted } = packRepository(join(root, "repository.bundle"));
  say("packing packages and engine; this takes a minute");
  packPackages(join(root, "packages.tar"));
  const engine = packed(root, "engine", (target) => packEngine(target, stack.settings.tunnel !== undefined));
  const state: PackedState = withState ? await packState(stack, join(root, "state"), now, say) : { missing: [] };
  const manifest: Manifest = {
    version: 1,
    stack: stack.name,
    madeAt: now.toISOString(),
    platform: `${process.platform}-${process.arch}`,
    commit,
    node: process.versions.node,
    ...(engine.version !== undefined && { pulumi: engine.version }),
    plugins: [...engine.plugins],
    settingsFile,
    ...(state.file !== undefined && { state: state.file }),
    ...(!withState && { withoutState: true as const }),
    missing: [...engine.missing, ...state.missing, ...uncommitted],
  };
  writeFileSync(join(root, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(root, "START-HERE.txt"), startHere(manifest, name));
  writeFileSync(join(root, "open.sh"), openScript(manifest));
  return manifest;
}

/** Fills a folder and packs it as `<name>.tar`. */
function packed<T>(root: string, name: string, work: (target: string) => T): T {
  const target = join(root, name);
  mkdirSync(target);
  const result = work(target);
  tar(["-cf", join(root, `${name}.tar`), "-C", target, "."]);
  rmSync(target, { recursive: true });
  return result;
}

function packRepository(file: string): { readonly commit: string; readonly missing: readonly string[] } {
  const commit = git("rev-parse", "HEAD").trim();
  const branch = git("rev-parse", "--abbrev-ref", "HEAD").trim();
  git("bundle", "create", "--quiet", file, "HEAD", ...(branch === "HEAD" ? [] : [branch]));
  const changed = git("status", "--porcelain").split("\n").filter(Boolean).length;
  const missing =
    changed === 0 ? [] : [`${changed} changes that are not committed (those of the site are in it): git commit`];
  return { commit, missing };
}

/** Packages that only the making of this program takes, and no run of it. */
const FOR_MAKERS = [
  ...["@sparticuz", "puppeteer-core", "chromium-bidi", "devtools-protocol", "eslint", "@eslint", "@typescript-eslint"],
  ...["prettier", "mocha", "c8", "fast-check", "eslint-plugin-jsdoc", "typescript-eslint", ".cache"],
];

/** Packages and what was compiled, Node.js among them. */
function packPackages(file: string): void {
  const left = FOR_MAKERS.map((name) => `--exclude=node_modules/${name}`);
  const own = `--exclude=node_modules/node/node_modules`;
  tar(["-cf", file, ...left, own, "-C", REPOSITORY, "node_modules", "dist"]);
}

interface PackedState {
  readonly file?: string;
  readonly missing: readonly string[];
}

async function packState(stack: Stack, folder: string, now: Date, say: (line: string) => void): Promise<PackedState> {
  const cure = "make the bundle where the stack's state can be read";
  try {
    const { text } = await exportState(stack);
    const passphrase = statePassphrase();
    if (passphrase === undefined)
      return { missing: ["the state: it is copied only under a passphrase, and there is none"] };
    const [file] = await copyState({ stack: stack.name, text, passphrase }, [folder], say, { now });
    return file === undefined ? { missing: [`the state: ${cure}`] } : { file: basename(file), missing: [] };
  } catch (error) {
    return { missing: [`the state (${(error as Error).message.split("\n")[0] ?? ""}): ${cure}`] };
  }
}

async function checksums(root: string): Promise<string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(root, name)).isFile(),
  );
  const lines: string[] = [];
  for (const name of files.sort()) lines.push(`${await sha256(join(root, name))}  ${name}`);
  return `${lines.join("\n")}\n`;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest("hex");
}

function tar(args: readonly string[]): void {
  const { status, stderr } = spawnSync("tar", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tar could not write: ${stderr.trim()}\nCure: see whether the disk is full.`);
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", ["-C", REPOSITORY, ...args], { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(
    `git ${args[0] ?? ""} failed: ${stderr.trim()}\nCure: make the bundle from a clone of the repository.`,
  );
}
