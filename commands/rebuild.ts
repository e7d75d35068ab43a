import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { valueOf } from "../estate/problem";
import { parseRebuildPlan, REBUILD_FILE, type RebuildPlan } from "../estate/rebuild-plan";
import { type PveClient } from "../provider/clients/pve-client";
import { RestoreClient } from "../provider/clients/restore-client";
import { type Escrow } from "../provider/keys/escrow";
import { type AnyStack } from "./engine/stack";
import { exportState } from "./engine/state";
import { asideLines, failedIn, planWithout, type Aside, type Done } from "./rebuild/aside";
import { type Choice } from "./rebuild/choice";
import { type LeftOut } from "./rebuild/plan";
import { measuredBy, type Measured } from "./rebuild/measured";
import { forgetStack, makeStack, planVariable } from "./rebuild/stack";
import { leftLines, measuredLines, planLines } from "./rebuild/text";
import { openSource, type BackupServerLogin } from "./restore/source";
import { preview } from "./site/preview";
import { type Talk } from "./site/talk";
import { makeReady } from "./site/up";

/** What is rebuilt, from what, and by whom. */
export interface RebuildOrder {
  /** The stack in which the rebuild is written down: not the site's own. */
  readonly stack: AnyStack;
  /** The nodes' API, with the login that restores. */
  readonly pve: PveClient;
  /** The sheet with the key and the place of the backups. */
  readonly escrow: Escrow;
  /** Login to that place. */
  readonly login: BackupServerLogin;
  /** Chooses what comes back, from what and in which order; it changes nothing. */
  readonly choose: (source: RebuildPlan["source"]) => Promise<Choice>;
  /** Writes down what else has to be known later, before the plan itself. @default - nothing */
  readonly keep?: () => void;
  /** What has to hold once the plan is written down, before the first restore; false stops it. @default - nothing */
  readonly prepare?: (plan: RebuildPlan) => Promise<boolean>;
  /** Writes down that all is back, before the plan goes away. @default - nothing */
  readonly done?: (plan: RebuildPlan) => void;
  /** What comes after it, for a person. */
  readonly next: string;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/** How a rebuild ended. */
export interface Rebuilt {
  /**
   * `nothing` was missing, it was only `shown`, `declined`, `stopped` before anything was restored, `failed` in the middle, `partly` done:
   * all but what is set aside, or `done`.
   */
  readonly end: "nothing" | "shown" | "declined" | "stopped" | "failed" | "partly" | "done";
  /** What comes back; undefined when nothing does. */
  readonly plan?: RebuildPlan;
  /** What is not restored. */
  readonly left: readonly LeftOut[];
  /** Guests that could not be restored or started; the others did not wait for them. */
  readonly aside?: readonly Aside[];
  /** What the nodes' tasks tell of it, once it is done. */
  readonly measured?: Measured;
}

/**
 * Brings the guests of a lost site back from backups, over nothing that lives. What was chosen is written down before anything is asked
 * of a node; a run that failed or was killed goes on by that.
 * @throws {Error} With a cure, before anything was changed, when it cannot be seen what is there.
 */
export async function rebuild(order: RebuildOrder, talk: Talk): Promise<Rebuilt> {
  const begun = readPlan(order.stack.siteFolder);
  if (begun !== undefined && order.dryRun) {
    for (const line of ["A rebuild was begun and would go on:", ...planLines(begun, [])]) talk.say(line);
    return { end: "shown", plan: begun, left: [] };
  }
  const had = new Set((await order.pve.storages()).map(({ storage }) => storage));
  const source = await openSource(order.pve, order.escrow, order.login);
  if (begun !== undefined) {
    talk.say(
      `A rebuild that was begun goes on: ${begun.guests.length} guests, numbers proved free on ${begun.freeSince}.`,
    );
    return carryOut(order, talk, begun, []);
  }
  let keeps = false;
  try {
    const made = !had.has(source.storage);
    const { plan, left, said } = await order.choose({ storage: source.storage, made });
    if (plan === undefined) {
      for (const line of ["Nothing can be restored, or needs to be.", ...leftLines(left)]) talk.say(line);
      return { end: "nothing", left };
    }
    for (const line of [...planLines(plan, left), ...said]) talk.say(line);
    if (order.dryRun) return { end: "shown", plan, left };
    const agreed = await agreedTo(order, talk, plan);
    if (agreed !== "agreed") return { end: agreed, plan, left };
    keeps = true;
    order.keep?.();
    writePlan(order.stack.siteFolder, plan);
    return await carryOut(order, talk, plan, left);
  } finally {
    if (!keeps) await source.release();
  }
}

/** Lets the engine and the site look at every step, then asks. Nothing is changed. */
async function agreedTo(
  { stack }: RebuildOrder,
  talk: Talk,
  plan: RebuildPlan,
): Promise<"agreed" | "declined" | "stopped"> {
  await makeStack(stack);
  const { plan: steps } = await withPlanFile(plan, (variables) => preview(stack, undefined, [], variables));
  for (const error of steps.errors.filter((line) => line !== "preview failed")) talk.say(error);
  const agreed = steps.complete && (await talk.confirm(`Restore ${plan.guests.length} guests?`));
  if (agreed) return "agreed";
  await forgetStack(stack);
  talk.say("Nothing was changed.");
  return steps.complete ? "declined" : "stopped";
}

/** Work that goes by a plan which is not the one that is written down: the program finds it in a file of its own. */
async function withPlanFile<T>(
  plan: RebuildPlan,
  work: (variables: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "rebuild-"));
  try {
    const file = join(folder, REBUILD_FILE);
    writeFileSync(file, JSON.stringify(plan));
    return await work(planVariable(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Does what was written down, as far as it is not done yet. */
async function carryOut(
  order: RebuildOrder,
  talk: Talk,
  plan: RebuildPlan,
  left: readonly LeftOut[],
): Promise<Rebuilt> {
  const { stack, pve } = order;
  if (order.prepare !== undefined && !(await order.prepare(plan))) return { end: "failed", plan, left };
  await makeStack(stack);
  await makeReady(stack, talk);
  const { aside, isOver } = await restoreAll(stack, talk, plan);
  if (!isOver) {
    talk.say(
      "The rebuild ended early. What was restored stays; run it again when the reason above is gone, and it goes on.\n" +
        `To give it up: remove ${REBUILD_FILE} from the site's folder. No guest is touched by that.`,
    );
    return { end: "failed", plan, left, aside };
  }
  const tasks = (await new RestoreClient(pve).tasksEverywhere(plan.freeSince)).flat();
  const measured = measuredBy(plan, tasks, await startsIn(stack));
  for (const line of measuredLines(plan, measured)) talk.say(line);
  if (aside.length > 0) {
    const cure =
      "Run it again when the reason is gone: only these are tried. For another night of them remove " +
      `${REBUILD_FILE} from the site's folder, which touches no guest, and say --before.`;
    for (const line of ["All others are back. NOT back:", ...asideLines(aside), cure]) talk.say(line);
    return { end: "partly", plan, left, aside, measured };
  }
  writeRecord(stack.siteFolder, plan, measured);
  if (plan.source.made) await pve.removeStorage(plan.source.storage);
  order.done?.(plan);
  await forgetStack(stack);
  rmSync(join(stack.siteFolder, REBUILD_FILE));
  talk.say(`All that was planned is back. ${order.next}`);
  return { end: "done", plan, left, measured };
}

/** Runs in a row in which guests fail and none comes back: then it is not the guests. */
const MOST_FAILURES = 3;

/**
 * Restores and starts in the order of the plan. A guest that fails keeps none of the others waiting: it is set aside, by name, and the
 * rest goes on without it.
 */
async function restoreAll(
  stack: AnyStack,
  talk: Talk,
  plan: RebuildPlan,
): Promise<{ readonly aside: readonly Aside[]; readonly isOver: boolean }> {
  const words = ["up", "--yes", "--skip-preview", "--continue-on-error"];
  const aside: Aside[] = [];
  let [rest, reached, failures]: [RebuildPlan, number, number] = [plan, 0, 0];
  for (;;) {
    const ran = await withPlanFile(rest, (variables) => stack.run(words, { shown: true, variables }));
    if (ran.code === 0) return { aside, isOver: true };
    const done = await doneIn(stack);
    const failed = failedIn(rest, done, `${ran.stdout}\n${ran.stderr}`);
    const far = done.restored.size + done.started.size;
    failures = far > reached ? 0 : failures + 1;
    reached = far;
    aside.push(...failed);
    const next = planWithout(rest, failed);
    if (failed.length === 0 || next === undefined || failures >= MOST_FAILURES) return { aside, isOver: false };
    for (const line of ["Set aside, so that the others need not wait:", ...asideLines(failed)]) talk.say(line);
    rest = next;
  }
}

/** What of a rebuild is done, as its state knows it. */
async function doneIn(stack: AnyStack): Promise<Done> {
  const { resources } = await exportState(stack);
  const guestsOf = (type: string) =>
    new Set(resources.filter((one) => one.type === type).map(({ inputs }) => String(inputs["guest"])));
  return { restored: guestsOf("resilience:pve:RestoredGuest"), started: guestsOf("resilience:pve:GuestStart") };
}

/** When each guest ran, as its start noted it. */
async function startsIn(stack: AnyStack): Promise<ReadonlyMap<string, Date>> {
  const { resources } = await exportState(stack);
  const starts = resources.filter(({ type }) => type === "resilience:pve:GuestStart");
  const noted = starts.flatMap(({ outputs: { guest, runsAt } }) =>
    typeof guest === "string" && typeof runsAt === "string" ? [[guest, new Date(runsAt)] as const] : [],
  );
  return new Map(noted);
}

function readPlan(siteFolder: string): RebuildPlan | undefined {
  const file = join(siteFolder, REBUILD_FILE);
  if (!existsSync(file)) return undefined;
  return valueOf(parseRebuildPlan(JSON.parse(readFileSync(file, "utf8")) as unknown), REBUILD_FILE);
}

function writePlan(siteFolder: string, plan: RebuildPlan): void {
  writeFileSync(join(siteFolder, REBUILD_FILE), `${JSON.stringify(plan, null, 2)}\n`);
}

/** What was restored, when, from what and how fast, for who asks later. */
function writeRecord(siteFolder: string, plan: RebuildPlan, measured: Measured): void {
  const folder = join(siteFolder, "rebuilds");
  mkdirSync(folder, { recursive: true });
  const name = plan.freeSince.replace(/\.\d+Z$/, "Z").replaceAll(":", "");
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ plan, measured }, null, 2)}\n`);
}
