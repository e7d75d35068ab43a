import { rmSync } from "node:fs";
import { join } from "node:path";

import { openAnyStack, stackName, type AnyStack } from "../engine/stack";
import { knowPassphrase } from "../passphrase";
import { pulumi } from "../secrets";
import { projectOf } from "../stack-file";

/** A stack of its own beside the site's: what becomes of it never touches what the site's state says. */
export function rebuildStackOf(settingsFile: string): AnyStack {
  return openAnyStack(settingsFile, `${stackName(settingsFile)}-rebuild`);
}

/** By this the program knows that it rebuilds, and what. */
export function planVariable(file: string): Readonly<Record<string, string>> {
  return { TAPPAAS_REBUILD: file };
}

/** Makes the stack where the site's own lies, unless it is there. It has the settings and secrets of the site. */
export async function makeStack({ name, settingsFile }: AnyStack): Promise<void> {
  await knowPassphrase(settingsFile);
  const listed = await pulumi(["stack", "ls", "--json", "--non-interactive"], settingsFile);
  if (listed.code !== 0) throw new Error(`The place of the state cannot be reached: ${listed.stderr.trim()}`);
  const names = (JSON.parse(listed.stdout) as { name: string }[]).map((stack) => stack.name);
  if (names.some((known) => known === name || known.endsWith(`/${name}`))) return;
  const { code, stderr } = await pulumi(["stack", "init", name, "--no-select", "--non-interactive"], settingsFile);
  if (code !== 0) throw new Error(`The stack ${name} could not be made: ${stderr.trim()}`);
  // The engine writes a file for settings that the stack does not have.
  rmSync(join(projectOf(settingsFile), `Pulumi.${name}.yaml`), { force: true });
}

/** Removes the stack with its state. Nothing on the site is touched: the state is all that knew of it. */
export async function forgetStack({ name, settingsFile }: AnyStack): Promise<void> {
  const { code, stderr } = await pulumi(["stack", "rm", name, "--yes", "--force", "--non-interactive"], settingsFile);
  if (code !== 0) throw new Error(`The stack ${name} could not be removed: ${stderr.trim()}`);
}
