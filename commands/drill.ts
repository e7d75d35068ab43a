import { hostname } from "node:os";

import { type DrilledGuest, type DrillPlan } from "../estate/drill-plan";
import { type DrillRecord, type DrillResult, planHash } from "../planning/drill-record";
import { authIdOf } from "../provider/clients/login";
import { cleanGuest, remainsOf } from "./drill/clean";
import { rejectOpen } from "./drill/network";
import { numberOf } from "./drill/one-guest";
import { type Drilled, type DrillOrder } from "./drill/order";
import { beginDrill, feedPlanning, forgetDrill, readDrill, writeDrill, writeRecord } from "./drill/records";
import { demandRights, rejectLiving, rejectRebuild, rejectTaken, rejectTight } from "./drill/refusals";
import { chosenFor, lookedAt, type ChosenGuest } from "./drill/selection";
import { planLines, resultLines } from "./drill/text";
import { bridgeOf, triedAlone, triedTogether } from "./drill/trying";
import { type Talk } from "./site/talk";

/**
 * Restores a sample of guests, or all, beside what lives, in a network of their own or without one, starts each, and takes away again
 * what it made. What it
 * does is written down before it is asked of a node; after a run that died, the next one cleans up by that.
 * @throws {Error} With a cure, before anything was changed, when it cannot be seen what is there.
 */
export async function drill(order: DrillOrder, talk: Talk): Promise<Drilled> {
  const { siteFolder, cleanOnly } = order;
  const begun = readDrill(siteFolder);
  if (begun !== undefined) {
    rejectLiving(begun);
    if (order.dryRun) {
      talk.say(
        `A drill that ended early would be cleaned up first: ${begun.guests.map(({ guest }) => guest).join(", ") || "it had restored nothing"}`,
      );
      return { end: "shown", left: [] };
    }
    talk.say(
      `A drill that ended early is cleaned up: ${begun.guests.map(({ name, guest }) => `${name} as ${guest}`).join(", ") || "it had restored nothing"}`,
    );
    const left = await cleanUp(order, begun, talk);
    for (const line of left) talk.say(`LEFT: ${line}`);
    if (left.length > 0) return { end: "failed", left };
    if (cleanOnly) return { end: "cleaned", left };
  }
  if (cleanOnly) return { end: "nothing", left: [] };
  rejectRebuild(siteFolder);
  return begin(order, talk);
}

/** What is looked at is looked at through the entry that is written down; what is decided is written down before it is done. */
async function begin(order: DrillOrder, talk: Talk): Promise<Drilled> {
  const { pve, siteFolder, source } = order;
  await rejectTaken(order);
  const blank = planOf(order, new Date().toISOString(), []);
  if (source.made) beginDrill(siteFolder, blank);
  let forget = true;
  try {
    await source.open();
    const seen = await lookedAt(pve, source.storage);
    const { chosen, without } = await chosenFor(order, seen.survey, seen.taken);
    const plan = planOf(order, seen.survey.at.toISOString(), chosen.map(withoutLines));
    for (const line of planLines(plan, source.key)) talk.say(line);
    for (const job of seen.jobs)
      talk.say(`note: the job ${job} backs up every guest, drilled ones too: drill outside its hours`);
    for (const { name, why } of without) talk.say(`FAILED: ${name}: ${why}`);
    await demandRights(order, chosen);
    if (plan.bridge !== undefined && chosen.length > 0)
      await rejectOpen(pve, bridgeOf(plan), new Set(chosen.map(numberOf)));
    if (order.dryRun) return { end: "shown", left: [] };
    await rejectTight(order, chosen);
    const question = `Restore ${chosen.length} guests beside what lives, and take them away again?`;
    if (chosen.length > 0 && !(await talk.confirm(question))) return { end: "declined", left: [] };
    (source.made ? writeDrill : beginDrill)(siteFolder, plan);
    forget = false;
    const results = await (plan.bridge === undefined
      ? triedAlone(order, plan, talk)
      : triedTogether(order, plan, talk, without));
    const left = await cleanUp(order, readDrill(siteFolder) ?? plan, talk);
    return finished(order, recordOf(order, plan, [...results, ...without], left), talk);
  } finally {
    // Nothing was restored: the entry is all there is.
    if (forget && source.made) await cleanUp(order, blank, talk);
  }
}

/** What is written down of a guest that was chosen: the lines of its backup are not needed to clean up. */
function withoutLines(chosen: ChosenGuest): DrilledGuest {
  const guest = { ...chosen };
  Reflect.deleteProperty(guest, "lines");
  return guest;
}

function planOf(order: DrillOrder, freeSince: string, guests: DrilledGuest[]): DrillPlan {
  const { pve, bridge, source } = order;
  const { storage, made } = source;
  const login = authIdOf(pve.server.login);
  return {
    ...{ version: 1, freeSince, login, guests, ...(bridge !== undefined && { bridge }) },
    ...{ process: { host: hostname(), pid: process.pid }, source: { storage, made } },
  };
}

function recordOf(order: DrillOrder, plan: DrillPlan, guests: DrillResult[], left: string[]): DrillRecord {
  const times = { begunAt: plan.freeSince, endedAt: new Date().toISOString() };
  const { site, model, source } = order;
  const [first] = plan.guests;
  const network =
    plan.bridge === undefined || first === undefined ? {} : { network: { node: first.node, bridge: plan.bridge } };
  const about = { site, plan: planHash(model), ...times, key: source.key, login: plan.login, ...network };
  return { version: 1, ...about, guests, left };
}

function finished({ siteFolder, privateKey, model }: DrillOrder, record: DrillRecord, talk: Talk): Drilled {
  const file = writeRecord(siteFolder, record, privateKey);
  for (const line of resultLines(record)) talk.say(line);
  for (const line of feedPlanning(siteFolder, record, model.rates)) talk.say(`for planning: ${line}`);
  const verdicts = record.guests.map(({ verdict }) => verdict);
  const failed = verdicts.includes("failed") || record.left.length > 0;
  const whole = verdicts.every((verdict) => verdict === "answered" || verdict === "runs");
  return { end: failed ? "failed" : whole ? "passed" : "incomplete", record, file, left: record.left };
}

/** Takes away what a drill made, proves that nothing of it is left, and forgets it then. @returns What is left, each with the reason. */
async function cleanUp(order: DrillOrder, plan: DrillPlan, talk: Talk): Promise<string[]> {
  const { pve, siteFolder, pause } = order;
  const reasons: string[] = [];
  for (const one of plan.guests) {
    const reason = await cleanGuest({ pve, plan, say: talk.say, pause }, one);
    if (reason !== undefined) reasons.push(reason);
  }
  const remains = await remainsOf({ pve, plan });
  if (plan.source.made) {
    const there = (await pve.storages()).some(({ storage }) => storage === plan.source.storage);
    if (there) await pve.removeStorage(plan.source.storage);
  }
  if (reasons.length + remains.length === 0) forgetDrill(siteFolder);
  return [
    ...reasons,
    ...remains.filter((one) => !reasons.some((reason) => one.startsWith(`guest ${reason.split(" ")[0] ?? ""} `))),
  ];
}
