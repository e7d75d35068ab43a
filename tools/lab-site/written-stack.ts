import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { labBuckets } from "./buckets";
import { type LabSheet } from "./lab";
import { type Places } from "./places";
import { type LabStack, type Program } from "./stack";
import {
  labLogins,
  labSettings,
  PROJECT,
  settingsIn,
  writeConfig,
  writtenStack,
  type StackFile,
} from "./stack-settings";

/**
 * Copies the reference site and its settings, and writes into the copy what only this lab can say: addresses, host keys,
 * fingerprints, the site's CA, logins.
 */
export async function writeLabStack(places: Places, sheet: LabSheet, stack: LabStack, keyFingerprint: string) {
  const written = writtenStack(stack.program);
  copySite(places, stack.program, written);
  const { offsite, logins } = labBuckets(places, sheet, settingsIn(written).offsite);
  const own = labSettings(places, sheet, keyFingerprint, stack.program, written);
  // An older program knows no such setting.
  const settings = Object.keys(offsite).length === 0 ? own : { ...own, offsite };
  const mark = createHash("sha256")
    .update(JSON.stringify([settings, sheet]))
    .digest("hex");
  const markFile = join(places.root, "written");
  const same = existsSync(markFile) && readFileSync(markFile, "utf8") === mark;
  if (
    same &&
    existsSync(places.stackFile) &&
    existsSync(places.trustFile) &&
    existsSync(join(places.backend, ".pulumi", "stacks"))
  )
    return;
  await initialise(places, stack);
  await writeConfig(places, { ...labLogins(sheet), ...logins }, stack, settings, written);
  await writeTrust(places, stack);
  writeFileSync(markFile, mark);
}

/** Everything of the program's site but what the lab's own observation says. */
export function copySite({ site }: Places, { repository }: Program, written: StackFile): void {
  mkdirSync(site, { recursive: true });
  rmSync(join(site, "modules"), { recursive: true, force: true });
  const source = join(repository, settingsIn(written).site);
  cpSync(source, site, { recursive: true, filter: (file) => !file.endsWith("observed.json") });
}

/**
 * Makes the stack from the lab site's own folder: the engine writes the salt of its secrets beside the Pulumi.yaml that it finds,
 * and the reference file of the repository is nobody's to write.
 */
export async function initialise({ root }: Places, stack: LabStack): Promise<void> {
  const project = join(root, "Pulumi.yaml");
  writeFileSync(project, `name: ${PROJECT}\nruntime: nodejs\n`);
  try {
    const known = await stack.pulumi(["stack", "ls", "--json"], { quiet: true, cwd: root });
    const { stack: name } = stack.program;
    if (known.stdout.includes(`"${name}"`)) return;
    const made = await stack.pulumi(["stack", "init", name], { quiet: true, cwd: root });
    if (made.code !== 0) throw new Error(`The lab's stack could not be made: ${made.stderr}`);
  } finally {
    rmSync(project);
  }
}

/** Certificates that the engine's plugins trust, as an owner makes them: by the project's own command. */
export async function writeTrust({ stackFile, trustFile }: Places, stack: LabStack): Promise<void> {
  const { code, stderr } = await stack.command(["trust", "--settings", stackFile, "--out", trustFile], { quiet: true });
  if (code !== 0) throw new Error(`The certificates could not be written: ${stderr.trim()}`);
}
