import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";

import { type Judgement } from "../../planning/judgement-schema";
import { projectOf, readStackFile } from "../stack-file";
import { judgementOf } from "./knowledge";

/**
 * Judges the files that a stack has elsewhere, with this program's planner.
 * @param base A git ref of the repository that holds the settings file, or a folder with another checkout of it.
 * @returns What they survive; undefined where the stack is not there yet.
 * @throws {Error} When `base` is neither.
 */
export function judgeBase(base: string, settingsFile: string): Judgement | undefined {
  const file = resolve(settingsFile);
  if (existsSync(base) && statSync(base).isDirectory()) return judgeFolder(resolve(base), basename(file));
  const project = projectOf(file);
  const folder = mkdtempSync(join(tmpdir(), "base-"));
  try {
    unpack(project, base, folder);
    return judgeFolder(join(folder, relative(topOf(project), project)), basename(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function judgeFolder(project: string, settingsName: string): Judgement | undefined {
  const file = join(project, settingsName);
  if (!existsSync(file)) return undefined;
  const settings = readStackFile(file);
  return judgementOf({ settings, siteFolder: join(project, settings.site) });
}

function topOf(project: string): string {
  return git(project, "rev-parse", "--show-toplevel").toString("utf8").trim();
}

/** Writes the settings files and the sites of a commit to a folder; nothing of the checkout changes. */
function unpack(project: string, ref: string, folder: string): void {
  const commit = git(project, "rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`).toString("utf8").trim();
  const tar = git(topOf(project), "archive", "--format=tar", commit);
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync("tar", ["-x", "-C", folder], { input: tar, maxBuffer: MAX_BYTES });
  if (status !== 0) throw new Error(`The files of ${ref} cannot be unpacked: ${stderr.toString("utf8").trim()}`);
}

function git(folder: string, ...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync("git", ["-C", folder, ...args], { maxBuffer: MAX_BYTES });
  if (status === 0) return stdout;
  const said = stderr.toString("utf8").trim().split("\n")[0] ?? "";
  throw new Error(`git has no answer to "${args.join(" ")}": ${said}\nCure: BASE= names a branch, a tag or a commit.`);
}

/** More than any repository of sites holds. */
const MAX_BYTES = 512 * 1024 * 1024;
