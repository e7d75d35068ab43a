import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { valueOf } from "../../estate/problem";
import { BREAK_GLASS_FILE, parseBrokenGlass, type BrokenGlass } from "../../planning/broken-glass";

/** What a person says to pass a gate: why, what is run, and when. */
export interface Breaking {
  /** Folder of the site. */
  readonly siteFolder: string;
  /** What is run: `report`, `preview`. */
  readonly command: string;
  /** Why; undefined when nobody asked to pass. */
  readonly reason: string | undefined;
  /** The moment, RFC 3339. */
  readonly at: string;
}

/**
 * Lets a run pass what would have stopped it, when somebody says why, and writes that down in the site's folder first. It never lets
 * a deletion of data pass: that is no gate of these.
 * @param stops What would stop it.
 * @returns Whether the run goes on.
 */
export function passes(stops: readonly string[], { siteFolder, command, reason, at }: Breaking): boolean {
  if (stops.length === 0) return true;
  const why = reason?.trim() ?? "";
  if (why === "") return false;
  const all = [...readBrokenGlass(siteFolder), { at, command, reason: why, passed: [...stops] }];
  writeFileSync(join(siteFolder, BREAK_GLASS_FILE), `${JSON.stringify(all, null, 2)}\n`);
  return true;
}

/** When a gate of the site was passed all the same, the oldest first. */
export function readBrokenGlass(siteFolder: string): BrokenGlass[] {
  const file = join(siteFolder, BREAK_GLASS_FILE);
  if (!existsSync(file)) return [];
  return valueOf(parseBrokenGlass(JSON.parse(readFileSync(file, "utf8")) as unknown), BREAK_GLASS_FILE);
}
