import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { type LabSite } from "../../../tools/lab-site/prepare";

/** What these tests change of the settings. */
export interface Settings {
  pools: { name: string }[];
  state?: unknown;
  backup?: unknown;
  key?: unknown;
  offsite?: unknown;
}

/** What `up` and `preview` answer. */
export interface Upped {
  readonly end: string;
  readonly drift: readonly { readonly name: string; readonly what: string }[];
  readonly harm: readonly { readonly urn: string; readonly text: string }[];
  readonly changes: readonly unknown[];
}

/** Runs one of the project's commands on the site's stack. */
export function run(site: LabSite, ...args: string[]) {
  return site.stack.command([...args, "--settings", site.places.stackFile], { quiet: true });
}

/** Sets a secret of the site's stack. */
export async function setSecret({ stack }: LabSite, key: string, input: string): Promise<void> {
  const { code, stderr } = await stack.onStack(["config", "set", "--secret", key], { quiet: true, input });
  assert.equal(code, 0, stderr);
}

/** What a command answers with `--json`. */
export async function answer(site: LabSite, ...args: string[]): Promise<{ code: number; said: string; value: Upped }> {
  const { code, stdout, stderr } = await run(site, ...args, "--json");
  assert.notEqual(stdout, "", stderr);
  return { code, said: stderr, value: JSON.parse(stdout) as Upped };
}

/** Changes the settings of the site; what it returns puts them back. */
export function changeSettings({ places }: LabSite, change: (settings: Settings) => Settings): () => void {
  const before = readFileSync(places.stackFile, "utf8");
  const file = parse(before) as { config: Record<string, Settings> };
  const key = "tappaas-resilience:settings";
  const settings = change(file.config[key]!);
  // In quotes: what looks like a moment would reach the engine as one.
  const quoted = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;
  writeFileSync(places.stackFile, stringify({ ...file, config: { ...file.config, [key]: settings } }, quoted));
  return () => {
    writeFileSync(places.stackFile, before);
  };
}

/** Copies of the state go to a folder of this lab. */
export function withCopies({ places }: LabSite) {
  return (settings: Settings): Settings => ({ ...settings, state: { copies: [`file://${join(places.root, "usb")}`] } });
}

/** The settings with one pool struck. */
export function withoutPool(name: string) {
  return (settings: Settings): Settings => ({
    ...settings,
    pools: settings.pools.filter((pool) => pool.name !== name),
  });
}
