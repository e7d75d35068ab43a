import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** What a plugin folder holds: where each of its names leads. */
export type Links = Readonly<Record<string, string>>;

/** Links to all that `folder` holds. */
export function linksInto(folder: string): Links {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, join(folder, name)]));
}

/**
 * Makes `folder` a plugin folder that holds `links` and nothing else; what is right already stays untouched, for a run may be
 * using it.
 *
 * Links within a folder and not one link: the engine passes over a plugin folder that is itself a link (seen with 3.259.0).
 */
export function furnishPlugin(folder: string, links: Links): void {
  if (targetOf(folder) !== undefined) unlinkSync(folder);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!(name in links)) remove(join(folder, name));
  for (const [name, target] of Object.entries(links)) link(target, join(folder, name));
}

function link(target: string, path: string): void {
  if (targetOf(path) === target) return;
  remove(path);
  symlinkSync(target, path);
}

/** A link is unlinked by name: `rmSync` would follow it, and passes over one that leads nowhere. */
function remove(path: string): void {
  if (targetOf(path) === undefined) rmSync(path, { recursive: true, force: true });
  else unlinkSync(path);
}

function targetOf(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}
