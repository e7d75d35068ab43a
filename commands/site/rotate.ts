import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { type Step } from "../engine/plan";
import { openStack, type Stack } from "../engine/stack";
import { SettingsFile } from "../settings-file";
import { look, sayDrift } from "./look";
import { preview, type Previewed } from "./preview";
import { type Talk } from "./talk";
import { applyProgram, makeReady } from "./up";

/** How a rotation ended. */
export interface Rotated {
  /** `shown` and nothing done, `done`, `declined` by the person, `stopped` by a problem, or `failed` in the middle. */
  readonly end: "shown" | "done" | "declined" | "stopped" | "failed";
}

/** How it is asked for. */
export interface RotateOptions {
  /** Says what it would do, and does nothing. */
  readonly dryRun: boolean;
  /** Moment of the order; another one is another secret. */
  readonly at: Date;
}

/** The setting that orders it. */
const ROTATION = ["backupServer", "tokenRotation"] as const;

/**
 * Gives the login with which the nodes write backups a new secret, in place. The order is a moment in the settings; the provider
 * carries it out, so that a run that ends early is gone on with by `make up`. The encryption key has no part in it.
 */
export async function rotate(stack: Stack, { dryRun, at }: RotateOptions, talk: Talk): Promise<Rotated> {
  const moment = `${at.toISOString().slice(0, "2026-11-26T10:15:00".length)}Z`;
  await makeReady(stack, talk);
  talk.say("Looking at the site.");
  const drift = (await look(stack)).filter(({ repaired }) => repaired);
  sayDrift(drift, talk);
  if (drift.length > 0) return stopped(talk, `The site was changed since the last run. ${UP_FIRST}`);
  const previewed = await previewWith(stack, moment);
  const problem = problemOf(previewed);
  if (problem !== undefined) return stopped(talk, problem);
  sayRotation(previewed, talk);
  if (dryRun) {
    talk.say("This was a dry run: nothing was changed, on the site or in the settings.");
    return { end: "shown" };
  }
  if (!(await talk.confirm("End the old secret now?"))) {
    talk.say("Nothing was changed.");
    return { end: "declined" };
  }
  order(stack.settingsFile, moment);
  if (!(await applyProgram(stack, talk))) return { end: "failed" };
  talk.say(`Done, and written down in ${basename(stack.settingsFile)}. The old secret is refused from now on.`);
  talk.say("Tonight's backup is the proof; `make watch` says so when a guest has none.");
  return { end: "done" };
}

const UP_FIRST = "Cure: make up first, so that a rotation changes nothing else.";

function stopped(talk: Talk, problem: string): Rotated {
  talk.say(`STOP. Nothing was changed. ${problem}`);
  return { end: "stopped" };
}

/** What the program would do with the order in its settings. They are copied: an order that nobody confirmed is none. */
async function previewWith(stack: Stack, moment: string): Promise<Previewed> {
  const folder = mkdtempSync(join(tmpdir(), "rotate-"));
  try {
    const copy = join(folder, basename(stack.settingsFile));
    copyFileSync(stack.settingsFile, copy);
    order(copy, moment);
    return await preview(openStack(copy));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function order(settingsFile: string, moment: string): void {
  const settings = new SettingsFile(settingsFile);
  settings.set(ROTATION, moment);
  settings.save();
}

/** Fields that a rotation changes, by type token. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  "resilience:pbs:Token": ["rotation"],
  "resilience:pve:PbsStorage": ["password"],
};

/** Why the rotation cannot go on; undefined when it can. */
export function problemOf({ plan, changes }: Pick<Previewed, "plan" | "changes">): string | undefined {
  if (!plan.complete) return plan.errors.filter((line) => line !== "preview failed").join("\n");
  if (!changes.some(({ type, op }) => type === "resilience:pbs:Token" && op === "update")) {
    return "The program has no backup login yet whose secret could be another. Cure: make up.";
  }
  const others = changes.filter((step) => !isOwn(step)).map(({ op, name, type }) => `${op} ${name} (${type})`);
  if (others.length === 0) return undefined;
  return `Other changes are waiting: ${others.join(", ")}. ${UP_FIRST}`;
}

function isOwn({ op, type, fields }: Step): boolean {
  return op === "update" && fields.every((field) => OWN[type]?.includes(field) === true);
}

function sayRotation({ plan }: Previewed, { say }: Talk): void {
  say("A new secret for the login with which the nodes write backups:");
  for (const line of plan.warnings.filter((warning) => warning.includes(" gets a new secret"))) say(`  ${line}`);
  say("  The encryption key, the backups and what is in them stay as they are.");
}
