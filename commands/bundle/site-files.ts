import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

import { parse } from "yaml";

import { PROJECT, REPOSITORY } from "../stack-file";

/** What of a site's files went into a bundle. */
export interface PackedSite {
  /** Settings file, from the repository's root. */
  readonly settingsFile: string;
  /** Files that look like a secret in the clear and were left out, from the site's folder. */
  readonly leftOut: readonly string[];
}

/**
 * Copies the settings file and the site's folder, where they lie below the repository.
 * @throws {Error} When the settings file holds something beside the settings that is not encrypted.
 */
export function packSite(
  stack: { readonly settingsFile: string; readonly siteFolder: string },
  target: string,
): PackedSite {
  const open = openValues(readFileSync(stack.settingsFile, "utf8"));
  if (open.length > 0) {
    throw new Error(
      `${basename(stack.settingsFile)} holds ${open.join(", ")} in the clear, and a bundle goes to other hands.\n` +
        `Cure: pulumi config set --secret ${open[0] ?? ""}`,
    );
  }
  const settingsFile = below(stack.settingsFile);
  copy(stack.settingsFile, join(target, settingsFile));
  const leftOut: string[] = [];
  for (const file of filesIn(stack.siteFolder)) {
    if (looksSecret(readFileSync(file))) leftOut.push(relative(stack.siteFolder, file));
    else copy(file, join(target, below(file)));
  }
  return { settingsFile, leftOut };
}

/** Names beside the settings whose values are not encrypted. */
export function openValues(text: string): string[] {
  const file = parse(text) as { config?: Record<string, unknown> } | null;
  const own = Object.entries(file?.config ?? {}).filter(([name]) => name !== `${PROJECT}:settings`);
  const isSealed = (value: unknown) => typeof value === "object" && value !== null && "secure" in value;
  return own.filter(([, value]) => !isSealed(value)).map(([name]) => name.replace(`${PROJECT}:`, ""));
}

/** What keys and sheets begin with. */
const MARKS = ["AGE-SECRET-KEY-", "PRIVATE KEY-----", '"kdf"', "Whoever holds this sheet"];

/** Whether a file looks like a key or a sheet. */
export function looksSecret(content: Buffer): boolean {
  return MARKS.some((mark) => content.includes(mark));
}

function below(file: string): string {
  const path = relative(REPOSITORY, file);
  if (!path.startsWith("..")) return path;
  throw new Error(
    `${file} does not lie in the repository, and a bundle would not find it.\nCure: move it below ${REPOSITORY}.`,
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

function copy(file: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
}
