import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { type DrilledGuest, type DrillPlan } from "../estate/drill-plan";
import { type Guest } from "../estate/guest";
import { REBUILD_FILE } from "../estate/rebuild-plan";
import { defined } from "../estate/units/defined";
import { guestId, parseGuestId } from "../estate/units/guest-id";
import { type DrillRecord, type DrillResult, planHash, proofOf } from "../planning/drill-record";
import { type Model } from "../planning/model";
import { authIdOf } from "../provider/clients/login";
import { type PveClient } from "../provider/clients/pve-client";
import { DRILL_PRIVILEGES, PVE_ROLES } from "../provider/rights/pve-rights";
import { candidatesOf, freeNumbers, sampleOf } from "./drill/choose";
import { cleanGuest, remainsOf } from "./drill/clean";
import { numberOf, tryGuest, type Trial } from "./drill/one-guest";
import { feedPlanning, forgetDrill, readDrill, readDrills, writeDrill, writeRecord } from "./drill/records";
import { planLines, resultLines } from "./drill/text";
import { get } from "./observe/site";
import { surveyFor, type RebuildSurvey } from "./rebuild/survey";
import { type Talk } from "./site/talk";

/** Through which storage entry the backups of a drill are read, and with which key. */
export interface DrillSource {
  /** Makes the entry, or names the one that the nodes have. */
  readonly open: () => Promise<{ readonly storage: string; readonly made: boolean }>;
  /** With which key, for the report. */
  readonly key: DrillRecord["key"];
}

/** What a person decides about a drill. */
export interface DrillChoices {
  /** This guest alone, by name or VMID. @default - a sample */
  readonly guest?: string | undefined;
  /** Every guest. @default false */
  readonly all?: boolean | undefined;
  /** Size of a sample. */
  readonly count: number;
  /** First number that may be used. */
  readonly from: number;
  /** Node that reads all of them back. @default - each guest's own */
  readonly node?: string | undefined;
  /** Storage for all disks. @default - each where it was */
  readonly storage?: string | undefined;
}

/** What is drilled, and by whom. */
export interface DrillOrder extends Pick<Trial, "patience" | "settle" | "pause"> {
  /** Folder of the site. */
  readonly siteFolder: string;
  /** Name of the site, for the report. */
  readonly site: string;
  /** The nodes' API, with the login that restores. */
  readonly pve: PveClient;
  /** Where backups come from. */
  readonly source: DrillSource;
  /** Guests of the inventory. */
  readonly guests: readonly Guest[];
  /** The planner's model. */
  readonly model: Model;
  /** SSH key of the site, which signs the report. */
  readonly privateKey: string;
  /** What a person decides. */
  readonly choices: DrillChoices;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Only takes away what an earlier drill left. */
  readonly cleanOnly: boolean;
}

/** How a drill ended. */
export interface Drilled {
  /** `nothing` was to be cleaned, only `cleaned`, `shown`, `declined`; else it `passed`, is `incomplete`, or `failed`. */
  readonly end: "nothing" | "cleaned" | "shown" | "declined" | "passed" | "incomplete" | "failed";
  /** What was found; undefined when nothing was tried. */
  readonly record?: DrillRecord;
  /** Its file. */
  readonly file?: string;
  /** What could not be taken away. */
  readonly left: readonly string[];
}

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
        `A drill that ended early would be cleaned up first: ${begun.guests.map(({ guest }) => guest).join(", ")}`,
      );
      return { end: "shown", left: [] };
    }
    talk.say(
      `A drill that ended early is cleaned up: ${begun.guests.map(({ name, guest }) => `${name} as ${guest}`).join(", ")}`,
    );
    const left = await cleanUp(order, begun, talk);
    for (const line of left) talk.say(`LEFT: ${line}`);
    if (left.length > 0) return { end: "failed", left };
    if (cleanOnly) return { end: "cleaned", left };
  }
  if (cleanOnly) return { end: "nothing", left: [] };
  if (existsSync(join(siteFolder, REBUILD_FILE)))
    throw new Error(
      "A rebuild of this site is not at its end; nothing was touched.\nCure: make rebuild, which goes on.",
    );
  await demandRights(order);
  return begin(order, talk);
}

/** Two drills at once would take each other's guests for remains. */
function rejectLiving({ process: { host, pid } }: DrillPlan): void {
  if (host === hostname() && !isRunning(pid)) return;
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  throw new Error(
    `A drill of this site is under way, by ${where}; nothing was touched.\n` +
      `Cure: wait for it. If it is certain that it is dead, write this machine's name into drill.json: ${hostname()}.`,
  );
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Said by name before anything is asked of PVE: half of the rights would leave half of a drill. */
async function demandRights({ pve, choices: { from } }: DrillOrder): Promise<void> {
  const own = await pve.privileges(`/vms/${from}`);
  const missing = DRILL_PRIVILEGES.filter((one) => one.startsWith("VM.") && !(one in own));
  if (missing.length === 0) return;
  throw new Error(
    `The login lacks ${missing.join(", ")} on /vms/${from}; nothing was touched.\n` +
      `Cure: on a node, pveum role add ${PVE_ROLES.drill} -privs "${DRILL_PRIVILEGES.join(" ")}", then ` +
      `pveum acl modify / -user <the login's user> -role ${PVE_ROLES.apply},${PVE_ROLES.drill}.`,
  );
}

async function begin(order: DrillOrder, talk: Talk): Promise<Drilled> {
  const { pve, siteFolder, model, dryRun } = order;
  const source = await order.source.open();
  let plan: DrillPlan | undefined;
  try {
    const { survey, taken, jobs } = await lookedAt(pve, source.storage);
    const { chosen, without } = chosenFor(order, survey, taken);
    if (chosen.length > 0) {
      const own = { host: hostname(), pid: process.pid };
      const freeSince = survey.at.toISOString();
      const planned: DrillPlan = {
        ...{ version: 1, freeSince, login: authIdOf(pve.server.login), process: own, source, guests: chosen },
      };
      for (const line of planLines(planned, order.source.key)) talk.say(line);
      for (const job of jobs)
        talk.say(`note: the job ${job} backs up every guest, drilled ones too: drill outside its hours`);
      for (const { name, why } of without) talk.say(`FAILED: ${name}: ${why}`);
      if (dryRun) return { end: "shown", left: [] };
      if (!(await talk.confirm(`Restore ${chosen.length} guests beside what lives, and take them away again?`)))
        return { end: "declined", left: [] };
      await rejectTight(pve, chosen);
      writeDrill(siteFolder, planned);
      plan = planned;
    }
    const results = plan === undefined ? [] : await tried(order, plan, talk);
    const left = plan === undefined ? [] : await cleanUp(order, readDrill(siteFolder) ?? plan, talk);
    const begunAt = plan?.freeSince ?? survey.at.toISOString();
    const record: DrillRecord = {
      ...{ version: 1, site: order.site, plan: planHash(model), begunAt, endedAt: new Date().toISOString() },
      ...{ key: order.source.key, login: authIdOf(pve.server.login), guests: [...results, ...without], left },
    };
    if (dryRun) return { end: "shown", left };
    return finished(order, record, talk);
  } finally {
    if (plan === undefined && source.made) await pve.removeStorage(source.storage);
  }
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

const JOBS = z.array(z.looseObject({ id: z.string(), vmid: z.string().optional(), all: z.number().optional() }));

/** What is there, and every number that something bears: a guest, a volume, a backup, a job. */
async function lookedAt(pve: PveClient, storage: string) {
  const survey = await surveyFor(pve, storage);
  const jobs = await get(pve.ask, JOBS, "/cluster/backup");
  const named = jobs.flatMap(({ vmid = "" }) => vmid.split(",").filter(Boolean).map(Number));
  const backedUp = survey.snapshots.map(({ vmid }) => vmid);
  const taken = new Set([...survey.living.keys(), ...survey.disks.keys(), ...backedUp, ...named]);
  return { survey, taken, jobs: jobs.filter(({ all }) => all === 1).map(({ id }) => id) };
}

/** Snapshots and numbers for the guests that are to be tried; of those that have no backup, that they failed. */
function chosenFor(
  order: DrillOrder,
  { snapshots, nodes }: RebuildSurvey,
  taken: ReadonlySet<number>,
): { readonly chosen: DrilledGuest[]; readonly without: DrillResult[] } {
  const { choices } = order;
  const wanted = wantedOf(order);
  const newest = (guest: Guest) => snapshots.find(({ vmid, kind }) => vmid === guest.vmid && kind === guest.kind);
  const ready = wanted.filter((guest) => newest(guest) !== undefined && nodes.includes(choices.node ?? guest.node));
  const numbers = freeNumbers(choices.from, ready.length, taken);
  const chosen = ready.flatMap((guest, at): DrilledGuest[] => {
    const snapshot = newest(guest);
    const number = numbers[at];
    if (snapshot === undefined || number === undefined) return [];
    const what = { guest: guestId(guest.kind, number), of: guestId(guest.kind, guest.vmid), name: guest.name };
    const where = {
      node: choices.node ?? guest.node,
      ...defined({ storage: choices.storage, port: guest.proxy?.port }),
    };
    const from = { archive: snapshot.volume, takenAt: snapshot.time.toISOString(), bytes: snapshot.size };
    return [{ ...what, ...where, ...from, marked: false }];
  });
  const without = wanted
    .filter((guest) => !ready.includes(guest))
    .map((guest) =>
      failedOf(guest, newest(guest) === undefined ? "there is no backup of it" : "its node does not answer"),
    );
  return { chosen, without };
}

function wantedOf({ choices, guests, model, siteFolder }: DrillOrder): Guest[] {
  const covered = guests.filter(({ backup }) => backup.covered);
  if (choices.guest !== undefined) {
    const one = guests.find(({ name, vmid }) => name === choices.guest || String(vmid) === choices.guest);
    if (one !== undefined) return [one];
    throw new Error(
      `There is no guest "${choices.guest}" in the inventory: there are ${guests.map(({ name }) => name).join(", ")}.\nCure: name one of them.`,
    );
  }
  if (choices.all === true) return covered;
  const candidates = candidatesOf(model, proofOf(model, readDrills(siteFolder))).filter(({ vmid }) =>
    covered.some((guest) => guest.vmid === vmid),
  );
  return sampleOf(candidates, choices.count).flatMap((vmid) => covered.find((guest) => guest.vmid === vmid) ?? []);
}

function failedOf({ vmid, name }: Guest, why: string): DrillResult {
  const nothing = { as: null, archive: null, takenAt: null, upid: null, seconds: {}, bytes: 0 };
  return { vmid, name, ...nothing, verdict: "failed", why, isolation: "" };
}

const STORAGES = z.array(z.looseObject({ storage: z.string(), avail: z.number().optional() }));

/** A pool that runs full stops every guest on it: what a drill takes has to be there twice over. */
async function rejectTight({ ask }: PveClient, chosen: readonly DrilledGuest[]): Promise<void> {
  for (const { node, name, bytes, storage } of chosen) {
    const path = `/nodes/${encodeURIComponent(node)}/storage`;
    const pools = (await get(ask, STORAGES, path, { content: "images" })).filter(
      (pool) => storage === undefined || pool.storage === storage,
    );
    const least = Math.min(...pools.map(({ avail = 0 }) => avail));
    if (least >= 2 * bytes) continue;
    throw new Error(
      `${name} takes up to ${bytes} bytes, and a storage of ${node} has ${least} left; nothing was restored.\nCure: --storage or --node with more room.`,
    );
  }
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
