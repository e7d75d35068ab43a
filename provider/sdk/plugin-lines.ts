import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

/**
 * Stops a program whose Pulumi.yaml does not say where this provider is. The engine would look for a released plugin, find none,
 * and advise to download one that does not exist.
 * @throws {pulumi.RunError} With the lines to write.
 */
export function demandPluginLines(start: string = process.cwd()): void {
  const project = projectFile(start);
  if (project === undefined || namesProvider(readFileSync(project, "utf8"))) return;
  throw new pulumi.RunError(`${project} does not say where the provider "resilience" is.\nCure: add to it\n${LINES}`);
}

const LINES = `plugins:
  providers:
    - name: resilience
      path: node_modules/tappaas-resilience/provider`;

/** Pulumi.yaml of the project in which `folder` lies; undefined for a program that has none, as in a test. */
function projectFile(folder: string): string | undefined {
  for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
  }
  const above = dirname(folder);
  return above === folder ? undefined : projectFile(above);
}

/** Whether a project names the provider under `plugins`, or under `packages` as newer engines write it. */
function namesProvider(yaml: string): boolean {
  const sections = yaml.split(/^(?=\S)/m).filter((section) => /^(?:plugins|packages):/.test(section));
  return sections.some((section) => /(?:name:\s*["']?resilience["']?\s*(?:[,}]|$)|^\s+resilience:)/m.test(section));
}
