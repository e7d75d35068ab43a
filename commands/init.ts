import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { readmeTemplate, settingsTemplate, type NewSite } from "./init/settings-template";
import { pathOf } from "./state-place";

/** A site to begin with. */
export interface InitOrder extends NewSite {
  /** Folder with Pulumi.yaml and sites/. */
  readonly project: string;
  /** Folder with TAPPaaS' configuration.json and modules/. @default - what is observed is the inventory */
  readonly from?: string | undefined;
  /** Shows what would be written, and writes nothing. */
  readonly dryRun: boolean;
}

/** One file of a new site. */
export interface WrittenFile {
  /** Path from the project's folder. */
  readonly file: string;
  /** Whether it was, or would be, written; what was there stays as it is. */
  readonly written: boolean;
}

/**
 * Writes the folder and the settings file of a site. Nothing that exists is overwritten, so it can be repeated.
 * @throws {Error} When `from` holds no TAPPaaS files.
 */
export function init(order: InitOrder): WrittenFile[] {
  const { project, site, stack, backend, dryRun } = order;
  const folder = join(project, "sites", site);
  const files = [
    ...inventoryFiles(order.from).map(({ name, path }) => ({ path: join(folder, name), copyOf: path })),
    { path: join(folder, "README.md"), text: readmeTemplate(order) },
    { path: join(folder, "adoptions.json"), text: "[]\n" },
    { path: join(folder, "acceptances.json"), text: "[]\n" },
    { path: join(project, `Pulumi.${stack}.yaml`), text: settingsTemplate(order) },
  ];
  const result = files.map((one) => ({ ...one, written: !existsSync(one.path) }));
  if (!dryRun) for (const one of result) if (one.written) write(one);
  if (!dryRun && backend.startsWith("file:")) mkdirSync(pathOf(backend), { recursive: true, mode: 0o700 });
  return result.map(({ path, written }) => ({ file: relative(project, path), written }));
}

function write(one: { readonly path: string; readonly text?: string; readonly copyOf?: string }): void {
  mkdirSync(dirname(one.path), { recursive: true });
  if (one.copyOf === undefined) writeFileSync(one.path, one.text ?? "", { flag: "wx" });
  else copyFileSync(one.copyOf, one.path);
}

/** TAPPaaS' own files, without what it keeps beside them for itself. */
function inventoryFiles(from: string | undefined): { name: string; path: string }[] {
  if (from === undefined) return [];
  const configuration = join(from, "configuration.json");
  if (!existsSync(configuration)) {
    throw new Error(`${from} holds no configuration.json of TAPPaaS.\nCure: say another FROM=, or leave it out.`);
  }
  const modules = join(from, "modules");
  const names = existsSync(modules) ? readdirSync(modules) : [];
  const own = names.filter((name) => name.endsWith(".json") && !name.endsWith(".meta.json")).sort();
  return [
    { name: "configuration.json", path: configuration },
    ...own.map((name) => ({ name: join("modules", name), path: join(modules, name) })),
  ];
}
