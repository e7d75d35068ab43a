import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Stack } from "../engine/stack";
import { exportState, nameIn, type StateResource } from "../engine/state";
import { type Talk } from "./talk";
import { makeReady } from "./up";

/** A resource that was taken out of the program's care: it stays on the site. */
export interface Release {
  /** Name in the state that it had. */
  readonly urn: string;
  /** Who decided. */
  readonly who: string;
  /** For what reason. */
  readonly why: string;
  /** When, RFC 3339. */
  readonly at: string;
}

/** File in a site's folder that says what was released. */
const FILE = "releases.json";

/**
 * Takes a resource out of the program's care. The site is not touched: the engine forgets the resource, and the next `up`, whose
 * program no longer has it, has nothing to delete.
 * @param wanted Logical name, or the whole URN where several have that name.
 * @returns Whether it was done.
 * @throws {Error} When there is no such resource, or more than one.
 */
export async function release(
  stack: Stack,
  wanted: string,
  decision: Pick<Release, "who" | "why">,
  talk: Talk,
): Promise<boolean> {
  await makeReady(stack, talk);
  const { resources } = await exportState(stack);
  const found = resourceOf(resources, wanted);
  talk.say(`${nameIn(found.urn)} (${found.type}) stays on the site as it is. The program forgets it.`);
  talk.say("From then on nobody here watches it, changes it or tells you when it is gone.");
  if (!(await talk.confirm("Release it?"))) return false;
  if (found.protect) await demand(stack, ["state", "unprotect", found.urn, "--yes"]);
  await demand(stack, ["state", "delete", found.urn, "--yes"]);
  note(stack.siteFolder, { urn: found.urn, ...decision, at: new Date().toISOString() });
  talk.say(
    `Released, and written down in ${join(stack.settings.site, FILE)}. Take it out of the settings before the next run.`,
  );
  return true;
}

function resourceOf(resources: readonly StateResource[], wanted: string): StateResource {
  const own = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const found = own.filter(({ urn }) => urn === wanted || nameIn(urn) === wanted);
  const [first, ...others] = found;
  if (first === undefined) {
    const names = own.map(({ urn }) => nameIn(urn)).join(", ");
    throw new Error(`The state has no resource "${wanted}".\nCure: name one of ${names}.`);
  }
  if (others.length === 0) return first;
  throw new Error(
    `Several resources are called "${wanted}".\nCure: name one by its URN:\n${found.map(({ urn }) => `  ${urn}`).join("\n")}`,
  );
}

async function demand(stack: Stack, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await stack.run(args);
  if (code !== 0) throw new Error(`The engine did not release it; the site is untouched.\n${stdout}${stderr}`.trim());
}

function note(folder: string, entry: Release): void {
  const path = join(folder, FILE);
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Release[]) : [];
  writeFileSync(`${path}.new`, `${JSON.stringify([...known, entry], null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
