import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { PROJECT } from "../stack-file";
import { backendFolder } from "../state-place";

/**
 * Puts in order what a run left that was killed while it wrote the state into a folder: the engine then reads nothing any more.
 *
 * The engine writes in this order, none of it at once with the next: the former state beside (`.bak`), notes on the file
 * (`.attrs`), the state. What it wrote last is always the step that was under way, so that the former state holds that step as a
 * pending operation, which is looked up on the site afterwards. A state that cannot be read stays beside under another name.
 *
 * Source: pulumi, pkg/backend/diy/state.go; gocloud.dev, blob/fileblob; tried on the engine with each file cut off.
 * @param wasKilled Whether a run ended without giving the stack back: only then is a state that is missing one that was cut off,
 *   and not one that somebody removed.
 * @throws {Error} When neither the state nor the one before it can be read.
 */
export function mendCutOffState(
  backend: string | undefined,
  stack: string,
  wasKilled: boolean,
  say: (line: string) => void,
  now = new Date(),
): void {
  const folder = backendFolder(backend);
  if (folder === undefined) return;
  const file = join(folder, "stacks", PROJECT, `${stack}.json`);
  for (const notes of [file, `${file}.bak`].map((one) => `${one}.attrs`).filter((one) => isBroken(one))) {
    rmSync(notes);
    say(
      `A run was cut off while it wrote the state of ${stack}. Nothing is lost: only the notes beside it were half written.`,
    );
  }
  if (existsSync(file) ? !isBroken(file) : !wasKilled || !existsSync(`${file}.bak`)) return;
  takeFormer(file, stack, say, now);
}

function takeFormer(file: string, stack: string, say: (line: string) => void, now: Date): void {
  const former = `${file}.bak`;
  if (!existsSync(former) || isBroken(former))
    throw new Error(
      `The state of ${stack} cannot be read, nor can the one before it: ${file}\n` +
        "Cure: make state-restore puts the newest copy in its place; make drift then shows what the site has otherwise.",
    );
  const kept = `${file}.cut-off-${now.toISOString().replaceAll(":", "")}`;
  if (existsSync(file)) renameSync(file, kept);
  rmSync(`${file}.attrs`, { force: true });
  copyFileSync(former, `${file}.new`);
  renameSync(`${file}.new`, file);
  say(
    `A run was cut off while it wrote the state of ${stack}. The state of one step before is taken; what that step did is ` +
      "looked up on the site.",
  );
}

/** Whether a file is there and is not the whole of a JSON text. */
function isBroken(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch {
    return true;
  }
}
