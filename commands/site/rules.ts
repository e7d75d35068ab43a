import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type AnyStack } from "../engine/stack";
import { passes, type Breaking } from "../report/break-glass";
import { REPOSITORY } from "../stack-file";
import { preview, type Previewed } from "./preview";
import { configurationOf } from "./rule-configuration";

/** A plan, and what the rules of `policies/` say of it. */
export interface Judged extends Previewed {
  /** Rules that it breaks, each with what to set: it is no plan then, unless somebody said why it is to pass all the same. */
  readonly broken: readonly string[];
  /** What the rules advise. */
  readonly advice: readonly string[];
}

/** The pack, with its `PulumiPolicy.yaml`. */
const PACK = join(REPOSITORY, "policies");

/**
 * Asks the engine for a plan with every rule held against it. A plan that breaks one is none, and neither is one of which the rules
 * said nothing at all.
 * @param more Further words for the engine: what is left out. @default - none
 */
export async function previewUnderRules(
  stack: AnyStack,
  breaking: Breaking,
  planFile?: string,
  more: readonly string[] = [],
): Promise<Judged> {
  const judged = await judgedPlan(stack, planFile, {}, more);
  if (judged.broken.length === 0 || !passes(judged.broken, breaking)) return judged;
  const { broken } = judged;
  return { ...(await judgedPlan(stack, planFile, { all: "advisory" }, more)), broken };
}

/** What a person is told of it. */
export function ruleLines({ broken, advice, plan }: Judged): string[] {
  const lines = [...broken.map((text) => `rule: ${text}`), ...advice.map((text) => `finding: ${text}`)];
  if (broken.length > 0 && !plan.complete)
    lines.push('Every rule has to hold. Correct it, or say BREAK_GLASS="<why>".');
  return lines;
}

async function judgedPlan(
  stack: AnyStack,
  planFile: string | undefined,
  levels: Record<string, string>,
  more: readonly string[],
): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  const [config, events] = [join(folder, "config.json"), join(folder, "events.json")];
  try {
    writeFileSync(config, JSON.stringify({ ...configurationOf(stack, new Date().toISOString()), ...levels }));
    const pack = ["--policy-pack", PACK, "--policy-pack-config", config, "--event-log", events, ...more];
    const previewed = await preview(stack, planFile, pack, DEBUG);
    return withRules(previewed, existsSync(events) ? readFileSync(events, "utf8") : "", "all" in levels);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The engine writes its events down only for those who may debug it. */
const DEBUG = { PULUMI_DEBUG_COMMANDS: "true" };

/** A plan with what the engine's log of events says of its rules. */
export function withRules(previewed: Previewed, events: string, isPassed = false): Judged {
  const said = events
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LoggedEvent);
  const of = (level: string) => [
    ...new Set(
      said.flatMap(({ policyEvent: event }) => (event?.enforcementLevel === level ? [sentenceOf(event)] : [])),
    ),
  ];
  const [broken, advice] = [of("mandatory"), isPassed ? [] : of("advisory")];
  const ran = said.some((event) => event.policyAnalyzeStackSummaryEvent !== undefined);
  const told = previewed.plan.errors.some((line) => line !== "preview failed");
  if (ran || (!previewed.plan.complete && (told || broken.length > 0))) return { ...previewed, broken, advice };
  const cure = "Cure: make build, and see that its files are there.";
  const errors = [
    ...previewed.plan.errors,
    `The rules of ${PACK} said nothing of this plan, so that it is none.\n${cure}`,
  ];
  return { ...previewed, plan: { ...previewed.plan, complete: false, errors }, broken, advice };
}

interface LoggedEvent {
  readonly policyEvent?: { readonly policyName: string; readonly message: string; readonly enforcementLevel: string };
  readonly policyAnalyzeStackSummaryEvent?: unknown;
}

/** The engine puts the meaning of the rule in front of what it says. */
function sentenceOf({ policyName, message }: NonNullable<LoggedEvent["policyEvent"]>): string {
  const lines = message.trim().split("\n");
  return `${policyName}: ${lines.at(-1) ?? ""}`;
}
