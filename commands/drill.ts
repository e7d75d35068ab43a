import { hostname } from "node:os";

import { type DrilledGuest, type DrillPlan } from "../estate/drill-plan";
import { parseGuestId } from "../estate/units/guest-id";
import { type DrillRecord, type DrillResult, planHash } from "../planning/drill-record";
import { authIdOf } from "../provider/clients/login";
import { cleanGuest, remainsOf } from "./drill/clean";
import { numberOf, tryGuest } from "./drill/one-guest";
import { type Drilled, type DrillOrder } from "./drill/order";
import { beginDrill, feedPlanning, forgetDrill, readDrill, writeDrill, writeRecord } from "./drill/records";
import { demandRights, rejectLiving, rejectRebuild, rejectTaken, rejectTight } from "./drill/refusals";
import { chosenFor, lookedAt } from "./drill/selection";
import { planLines, resultLines } from "./drill/text";
import { type Talk } from "./site/talk";

/**
 * Restores a sample of guests, or all, beside what lives, without a network, starts each, and takes away again what it made. What it
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
  await demandRights(order);
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
    const { chosen, without } = chosenFor(order, seen.survey, seen.taken);
    const plan = planOf(order, seen.survey.at.toISOString(), chosen);
    for (const line of planLines(plan, source.key)) talk.say(line);
    for (const job of seen.jobs)
      talk.say(`note: the job ${job} backs up every guest, drilled ones too: drill outside its hours`);
    for (const { name, why } of without) talk.say(`FAILED: ${name}: ${why}`);
    if (order.dryRun) return { end: "shown", left: [] };
    await rejectTight(pve, chosen);
    const question = `Restore ${chosen.length} guests beside what lives, and take them away again?`;
    if (chosen.length > 0 && !(await talk.confirm(question))) return { end: "declined", left: [] };
    (source.made ? writeDrill : beginDrill)(siteFolder, plan);
    forget = false;
    const results = await tried(order, plan, talk);
    const left = await cleanUp(order, readDrill(siteFolder) ?? plan, talk);
    return finished(order, recordOf(order, plan, [...results, ...without], left), talk);
  } finally {
    // Nothing was restored: the entry is all there is.
    if (forget && source.made) await cleanUp(order, blank, talk);
  }
}

function planOf({ pve, source: { storage, made } }: DrillOrder, freeSince: string, guests: DrilledGuest[]): DrillPlan {
  const login = authIdOf(pve.server.login);
  return {
    ...{ version: 1, freeSince, login, guests },
    ...{ process: { host: hostname(), pid: process.pid }, source: { storage, made } },
  };
}

function recordOf(order: DrillOrder, plan: DrillPlan, guests: DrillResult[], left: string[]): DrillRecord {
  const times = { begunAt: plan.freeSince, endedAt: new Date().toISOString() };
  const { site, model, source } = order;
  return { version: 1, site, plan: planHash(model), ...times, key: source.key, login: plan.login, guests, left };
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

/** Each guest after the other, and each taken away before the next: a drill needs the room of one. */
async function tried(order: DrillOrder, plan: DrillPlan, talk: Talk): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  let written = plan;
  for (const [at, one] of plan.guests.entries()) {
    talk.say(`${one.name} as ${one.guest}, from ${one.archive}`);
    const note = (change: Partial<DrilledGuest>) => {
      const guests = written.guests.map((guest, index) => (index === at ? { ...guest, ...change } : guest));
      written = { ...written, guests };
      writeDrill(order.siteFolder, written);
    };
    const about = { vmid: parseGuestId(one.of).vmid, name: one.name, as: numberOf(one), bytes: one.bytes };
    const from = { archive: one.archive, takenAt: one.takenAt };
    try {
      results.push({ ...about, ...from, ...(await tryGuest({ ...order, plan, note, say: talk.say }, one)) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const upid = written.guests[at]?.upid ?? null;
      results.push({ ...about, ...from, upid, verdict: "failed", why, isolation: "", seconds: {} });
    }
    const now = written.guests[at];
    const left = now === undefined ? undefined : await cleanGuest({ ...order, plan: written, say: talk.say }, now);
    if (left !== undefined) talk.say(`LEFT: ${left}`);
  }
  return results;
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
