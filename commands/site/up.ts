import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { isSite, type AnyStack } from "../engine/stack";
import { exportState } from "../engine/state";
import { mendCutOffState } from "./cut-off-state";
import { digestOf, writeDigest } from "./digest";
import { awayLines, awayOf, NOTHING_AWAY, withoutAway, type Away } from "./away";
import { type Drift } from "./drift";
import { locksOn, releaseStaleLocks } from "./locks";
import { look, sayDrift, takeIn } from "./look";
import { makeServerFirst } from "./server-first";
import { rejectHeldGuests, renewRecord } from "../guard/renew";
import { settlePending } from "./pending";
import { keepReplicationNumbers } from "./replication-numbers";
import { sayPreview, type Previewed } from "./preview";
import { previewUnderRules, ruleLines } from "./rules";
import { copyState, statePassphrase } from "./state-copy";
import { counted, countOf, countText } from "./resource-count";
import { type Talk } from "./talk";

/** How `up` ended. */
export interface Upped {
  /** `nothing` to change, `applied`, `declined` by the person, `stopped` by a problem, or `failed` in the middle. */
  readonly end: "nothing" | "applied" | "declined" | "stopped" | "failed";
  /** What somebody else had changed. */
  readonly drift: readonly Drift[];
  /** What was to be done. */
  readonly previewed: Previewed | undefined;
  /** Parts of the site that did not answer, and were neither looked at nor changed. */
  readonly away: Away;
}

/**
 * Brings a site to what the program says: looks first, shows what somebody else changed, previews, asks, applies.
 *
 * Nothing that data rests on is replaced or deleted, whatever is answered. It can be run again after any failure.
 * @param breakGlass Why rules may be broken, which is written down. @default - they may not
 */
export async function up(stack: AnyStack, talk: Talk, breakGlass?: string): Promise<Upped> {
  if (isSite(stack)) await rejectHeldGuests(stack);
  await makeReady(stack, talk);
  if (isSite(stack)) {
    const first = await makeServerFirst(stack, (await exportState(stack)).resources, talk);
    if (!first.goesOn) return { end: first.end, drift: [], previewed: first.previewed, away: NOTHING_AWAY };
  }
  const away = await awayOf(stack);
  for (const line of awayLines(away)) talk.say(line);
  const drift = await lookAt(stack, talk, away);
  if (isSite(stack)) keepReplicationNumbers(stack.siteFolder, stack.settings);
  const folder = mkdtempSync(join(tmpdir(), "plan-"));
  try {
    const upped = await previewAndApply(
      stack,
      talk,
      { drift, away },
      { planFile: join(folder, "plan.json"), breakGlass },
    );
    if (isSite(stack) && (upped.end === "applied" || upped.end === "nothing")) await renewRecord(stack, talk);
    return upped;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is applied is what was previewed: the engine gets its own plan back and stops before a step that is not in it. */
async function previewAndApply(
  stack: AnyStack,
  talk: Talk,
  looked: Pick<Upped, "drift" | "away">,
  { planFile, breakGlass }: { readonly planFile: string; readonly breakGlass: string | undefined },
): Promise<Upped> {
  const breaking = { siteFolder: stack.siteFolder, command: "up", reason: breakGlass, at: new Date().toISOString() };
  const previewed = await previewUnderRules(stack, breaking, planFile, withoutAway(looked.away));
  sayPreview(previewed, talk);
  for (const line of ruleLines(previewed)) talk.say(line);
  if (previewed.harm.length > 0 || !previewed.plan.complete) return { end: "stopped", ...looked, previewed };
  if (previewed.changes.length === 0) {
    await keepState(stack, talk);
    const howFar = looked.away.nodes.length === 0 ? "" : ", as far as it answers";
    talk.say(`Nothing to change: the site was looked at just now and is what the program says${howFar}.`);
    return { end: "nothing", ...looked, previewed };
  }
  if (!(await talk.confirm(`Apply ${counted(previewed.changes.length, "change")} to ${stack.name}?`))) {
    talk.say("Nothing was changed.");
    return { end: "declined", ...looked, previewed };
  }
  return { end: (await applyProgram(stack, talk, planFile, looked.away)) ? "applied" : "failed", ...looked, previewed };
}

/**
 * Makes the site what the program says, once that was previewed and agreed to; false when the run ended early.
 * @param planFile The plan that was shown, when the engine kept it: nothing else is done. @default - what the program says now
 * @param away What cannot be changed now, and is left out. @default - nothing
 */
export async function applyProgram(
  stack: AnyStack,
  talk: Talk,
  planFile?: string,
  away: Away = NOTHING_AWAY,
): Promise<boolean> {
  // A guest that is missing keeps its failover waiting, and no other guest its backups.
  const planned = [
    "--continue-on-error",
    ...(planFile === undefined ? [] : ["--plan", planFile]),
    ...withoutAway(away),
  ];
  const { code, stdout, stderr } = await stack.run(["up", "--yes", "--skip-preview", ...planned], { shown: true });
  if (code !== 0) {
    if (`${stdout}${stderr}`.includes("violates plan")) {
      talk.say(
        "Something changed between the preview and now, so that other things would have been done than were shown.",
      );
    }
    talk.say(
      "Not everything was done: what failed stands above, and what hangs on it waits. All else was done; run `make up` again when the reason is gone.",
    );
    return false;
  }
  await keepState(stack, talk);
  return true;
}

/** Lets go what a dead run holds, and settles what it began. */
export async function makeReady(stack: AnyStack, { say }: Talk): Promise<void> {
  const backend = process.env["PULUMI_BACKEND_URL"] ?? stack.settings.state.backend;
  const wasKilled = releaseStaleLocks(locksOn(backend, stack.name), say);
  mendCutOffState(backend, stack.name, wasKilled, say);
  await settlePending(stack, say);
}

async function lookAt(stack: AnyStack, talk: Talk, away: Away): Promise<Drift[]> {
  const { resources } = await exportState(stack);
  if (isSite(stack)) sayAge(stack, talk);
  if (resources.length === 0) return [];
  talk.say("Looking at the site.");
  const drift = await look(stack, away);
  sayDrift(drift, talk);
  await takeIn(stack, drift);
  return drift;
}

const DAY_MS = 86_400_000;
const OLD_DAYS = 7;

/** Says how old the observation is that the program goes by. */
function sayAge({ siteFolder }: AnyStack, { say }: Talk): void {
  const file = join(siteFolder, "observed.json");
  if (!existsSync(file)) {
    say("Nobody has observed this site yet: what exists may not be known. `make observe` writes it down.");
    return;
  }
  const { takenAt } = JSON.parse(readFileSync(file, "utf8")) as { takenAt: string };
  const days = Math.floor((Date.now() - Date.parse(takenAt)) / DAY_MS);
  const advice = days > OLD_DAYS ? "; `make observe` looks again" : "";
  say(`The site was observed on ${takenAt.slice(0, "2026-11-21".length)} (${counted(days, "day")} ago)${advice}.`);
}

/** After a success: the digest for pull requests, and copies of the state. */
async function keepState(stack: AnyStack, { say }: Talk): Promise<void> {
  const { resources, text } = await exportState(stack);
  writeDigest(stack.siteFolder, digestOf(resources, stack.settings));
  const own = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  say(countText(countOf(own.map(({ type, outputs }) => ({ type, properties: outputs })))));
  const { copies } = stack.settings.state;
  const passphrase = statePassphrase();
  if (copies.length === 0) {
    say("finding: no second place gets a copy of the state; set state.copies to a folder on another disk");
  } else if (passphrase === undefined) {
    say("finding: no copy of the state was made, because the stack's secrets have no passphrase to encrypt it with");
  } else {
    const files = await copyState(
      { stack: stack.name, text, passphrase },
      copies.map((url) => fileURLToPath(url)),
      say,
    );
    for (const file of files) say(`State copied, encrypted, to ${file}`);
  }
}
