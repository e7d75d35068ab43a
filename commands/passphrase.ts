import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { hiddenQuestion, isInteractive } from "./terminal";

/**
 * Sees to it that the Pulumi command, which cannot ask where it is run from here, finds the passphrase of a stack's secrets:
 * in the environment, or because a person typed it once. It stays in this process.
 * @throws {Error} When it is not known and nobody can be asked.
 */
export async function knowPassphrase(settingsFile: string): Promise<void> {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (given !== undefined || file !== undefined) return;
  if (!existsSync(settingsFile) || !readFileSync(settingsFile, "utf8").includes("encryptionsalt:")) return;
  if (!isInteractive()) {
    throw new Error(
      `The passphrase of ${basename(settingsFile)} is not known.\nCure: set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.`,
    );
  }
  process.env["PULUMI_CONFIG_PASSPHRASE"] = await asked(settingsFile);
}

/** Checks that run at once ask once. */
const answers = new Map<string, Promise<string>>();

function asked(settingsFile: string): Promise<string> {
  const before = answers.get(settingsFile);
  if (before !== undefined) return before;
  const answer = hiddenQuestion(`Passphrase of ${basename(settingsFile)}: `);
  answers.set(settingsFile, answer);
  return answer;
}
