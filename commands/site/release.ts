import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type AnyStack } from "../engine/stack";
import { exportState, importState, nameIn, type StateResource } from "../engine/state";
import { type Talk } from "./talk";
import { makeReady } from "./up";
import { writeWholeJson } from "../whole-file";

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
 * @param wanted Logical name, of all parts of one component that have it; or the whole URN where several components have such parts.
 * @returns Whether it was done.
 * @throws {Error} When there is no such resource, or more than one.
 */
export async function release(
  stack: AnyStack,
  wanted: string,
  decision: Pick<Release, "who" | "why">,
  talk: Talk,
): Promise<boolean> {
  await makeReady(stack, talk);
  const { resources, text } = await exportState(stack);
  const found = resourcesOf(resources, wanted);
  for (const { urn, type } of found)
    talk.say(`${nameIn(urn)} (${type}) stays on the site as it is. The program forgets it.`);
  talk.say("From then on nobody here watches it, changes it or tells you when it is gone.");
  if (!(await talk.confirm("Release it?"))) return false;
  await importState(
    stack,
    found.reduce((left, { urn }) => forgotten(left, urn), text),
  );
  for (const { urn } of found) note(stack.siteFolder, { urn, ...decision, at: new Date().toISOString() });
  talk.say(
    `Released, and written down in ${join(stack.settings.site, FILE)}. Take it out of the settings before the next run.`,
  );
  return true;
}

function resourcesOf(resources: readonly StateResource[], wanted: string): StateResource[] {
  const own = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const found = own.filter(({ urn }) => urn === wanted || nameIn(urn) === wanted);
  const [first] = found;
  if (first === undefined) {
    const names = own.map(({ urn }) => nameIn(urn)).join(", ");
    throw new Error(`The state has no resource "${wanted}".\nCure: name one of ${names}.`);
  }
  if (new Set(found.map(({ parent }) => parent)).size === 1) return found;
  throw new Error(
    `Several resources are called "${wanted}".\nCure: name one by its URN:\n${found.map(({ urn }) => `  ${urn}`).join("\n")}`,
  );
}

/** What stands in a state of a resource, as far as others name it there. */
interface StateEntry {
  readonly urn: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly deletedWith?: string;
}

/**
 * A state without one resource. What depends on it keeps its values and only forgets where they came from: the engine itself would
 * release none that others depend on, as a backup server is by everything on it.
 * @throws {Error} When other resources are parts of it.
 */
export function forgotten(text: string, urn: string): string {
  const state = JSON.parse(text) as { deployment: { resources?: StateEntry[] } };
  const { resources = [] } = state.deployment;
  const parts = resources.filter(({ parent }) => parent === urn).map((part) => nameIn(part.urn));
  if (parts.length > 0) throw new Error(`Others are parts of it: ${parts.join(", ")}.\nCure: release these first.`);
  const kept = resources.filter((resource) => resource.urn !== urn).map((resource) => withoutMention(resource, urn));
  return JSON.stringify({ ...state, deployment: { ...state.deployment, resources: kept } });
}

function withoutMention(resource: StateEntry, urn: string): StateEntry {
  const { dependencies, propertyDependencies, deletedWith, ...rest } = resource;
  const others = (urns: readonly string[] | null) => (urns ?? []).filter((one) => one !== urn);
  const ofProperties = Object.entries(propertyDependencies ?? {}).map(([name, urns]) => [name, others(urns)]);
  return {
    ...rest,
    ...(dependencies !== undefined && { dependencies: others(dependencies) }),
    ...(propertyDependencies !== undefined && {
      propertyDependencies: Object.fromEntries(ofProperties) as Record<string, readonly string[]>,
    }),
    ...(deletedWith !== undefined && deletedWith !== urn && { deletedWith }),
  };
}

function note(folder: string, entry: Release): void {
  const path = join(folder, FILE);
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Release[]) : [];
  writeWholeJson(path, [...known, entry]);
}
