import * as z from "zod";

import { dependenciesOf } from "../../estate/dependencies";
import { type DrilledGuest } from "../../estate/drill-plan";
import { type Guest } from "../../estate/guest";
import { defined } from "../../estate/units/defined";
import { guestId } from "../../estate/units/guest-id";
import { proofOf, type DrillResult } from "../../planning/drill-record";
import { diskStorages } from "../../planning/host/moved-guest";
import { rebuildOrder } from "../../planning/rebuild-order";
import { ApiError, NotPermitted } from "../../provider/clients/api-error";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { get } from "../observe/site";
import { surveyFor, type RebuildSurvey } from "../rebuild/survey";
import { commonBridge, isolatedCards } from "./cards";
import { candidatesOf, freeNumbers, sampleOf } from "./choose";
import { type DrillOrder } from "./order";
import { readDrills } from "./records";

const JOBS = z.array(z.looseObject({ id: z.string(), vmid: z.string().optional(), all: z.number().optional() }));

/** What is there, and every number that something bears: a guest, a volume, a backup, a job. */
export async function lookedAt(pve: PveClient, storage: string) {
  const survey = await surveyFor(pve, storage);
  const jobs = await get(pve.ask, JOBS, "/cluster/backup");
  const named = jobs.flatMap(({ vmid = "" }) => vmid.split(",").filter(Boolean).map(Number));
  const backedUp = survey.snapshots.map(({ vmid }) => vmid);
  const taken = new Set([...survey.living.keys(), ...survey.disks.keys(), ...backedUp, ...named]);
  return { survey, taken, jobs: jobs.filter(({ all }) => all === 1).map(({ id }) => id) };
}

/** A guest that is to be tried, with what its backup says of it. */
export interface ChosenGuest extends DrilledGuest {
  /** Lines of its configuration in the backup. */
  readonly lines: Readonly<Record<string, string>>;
}

/** Snapshots and numbers for the guests that are to be tried; of those that have no backup, that they failed. */
export async function chosenFor(
  order: DrillOrder,
  { snapshots, nodes }: RebuildSurvey,
  taken: ReadonlySet<number>,
): Promise<{ readonly chosen: ChosenGuest[]; readonly without: DrillResult[] }> {
  const { choices, pve, bridge } = order;
  const wanted = wantedOf(order);
  const together = bridge === undefined ? undefined : (choices.node ?? commonNode(wanted, nodes));
  const nodeFor = (guest: Guest) => choices.node ?? together ?? guest.node;
  const newest = (guest: Guest) => snapshots.find(({ vmid, kind }) => vmid === guest.vmid && kind === guest.kind);
  const ready = wanted.filter((guest) => newest(guest) !== undefined && nodes.includes(nodeFor(guest)));
  const numbers = freeNumbers(choices.from, ready.length, taken);
  const found: ChosenGuest[] = [];
  const unread: DrillResult[] = [];
  for (const [at, guest] of ready.entries()) {
    const snapshot = newest(guest);
    const number = numbers[at];
    if (snapshot === undefined || number === undefined) continue;
    const what = { guest: guestId(guest.kind, number), of: guestId(guest.kind, guest.vmid), name: guest.name };
    const where = { node: nodeFor(guest), ...defined({ storage: choices.storage, port: guest.proxy?.port }) };
    const from = { archive: snapshot.volume, takenAt: snapshot.time.toISOString(), bytes: snapshot.size };
    const lines = await linesIn(pve, where.node, snapshot.volume);
    const needs = bridge === undefined ? [] : needsOf(order, guest).filter((need) => wanted.some(isNumber(need)));
    if (typeof lines === "string") unread.push(failedOf(guest, lines));
    else found.push({ ...what, ...where, ...from, marked: false, needs, cards: {}, lines });
  }
  const missing = wanted.filter((guest) => !ready.includes(guest));
  const why = (guest: Guest) => (newest(guest) === undefined ? "there is no backup of it" : "its node does not answer");
  const without = [...missing.map((guest) => failedOf(guest, why(guest))), ...unread];
  if (bridge === undefined) return { chosen: found, without };
  const common = commonBridge(found.map(({ lines }) => lines));
  return { chosen: found.map((one) => ({ ...one, cards: isolatedCards(one.lines, common, bridge) })), without };
}

/** Lines of a snapshot's configuration, or why they cannot be read: no key for them, or a broken backup. */
async function linesIn(pve: PveClient, node: string, volume: string): Promise<ChosenGuest["lines"] | string> {
  try {
    return await new RestoreClient(pve).configIn(node, volume);
  } catch (error) {
    if (error instanceof ApiError && !(error instanceof NotPermitted))
      return `its backup cannot be read: ${error.message}`;
    throw error;
  }
}

/** Storages on which the disks of a chosen guest will be. */
export function storagesFor({ storage, lines }: ChosenGuest): string[] {
  return storage === undefined ? [...new Set(diskStorages(lines))] : [storage];
}

/** Guests to be tried; where they see each other with what they need, in the order in which they are restored and started. */
function wantedOf(order: DrillOrder): Guest[] {
  const { choices, guests, model, siteFolder, bridge } = order;
  const covered = guests.filter(({ backup }) => backup.covered);
  if (choices.guest !== undefined) {
    const one = guests.find(({ name, vmid }) => name === choices.guest || String(vmid) === choices.guest);
    if (one !== undefined) return bridge === undefined ? [one] : inOrder(order, withNeeds(order, [one]));
    throw new Error(
      `There is no guest "${choices.guest}" in the inventory: there are ${guests.map(({ name }) => name).join(", ")}.\nCure: name one of them.`,
    );
  }
  const candidates = candidatesOf(model, proofOf(model, readDrills(siteFolder))).filter(({ vmid }) =>
    covered.some(isNumber(vmid)),
  );
  const sample = sampleOf(candidates, choices.count).flatMap((vmid) => covered.find(isNumber(vmid)) ?? []);
  const wanted = choices.all === true ? covered : sample;
  return bridge === undefined ? wanted : inOrder(order, withNeeds(order, wanted));
}

function isNumber(vmid: number) {
  return (guest: Guest) => guest.vmid === vmid;
}

function needsOf({ model }: DrillOrder, { vmid }: Guest): readonly number[] {
  return model.services.find((service) => service.vmid === vmid)?.dependsOn ?? [];
}

/** With everything that they need, near and far, as far as it is backed up. */
function withNeeds(order: DrillOrder, wanted: readonly Guest[]): Guest[] {
  const all = [...wanted];
  for (const guest of all)
    for (const need of needsOf(order, guest)) {
      const found = order.guests.find(isNumber(need));
      if (found?.backup.covered === true && !all.includes(found)) all.push(found);
    }
  return all;
}

/** What others need first, and of those that do not need each other, as the planner restores them. */
function inOrder({ guests, model }: DrillOrder, wanted: readonly Guest[]): Guest[] {
  const { places } = dependenciesOf(guests);
  const steps = rebuildOrder(
    model,
    wanted.map(({ vmid }) => vmid),
    { overInternet: false },
  ).toSorted((a, b) => a.restored.expected - b.restored.expected);
  const turn = ({ vmid }: Guest) => steps.findIndex((step) => step.vmid === vmid);
  const place = ({ vmid }: Guest) => places.get(vmid) ?? 0;
  return wanted.toSorted((a, b) => place(a) - place(b) || turn(a) - turn(b));
}

/** A bridge without a cable is its node's own: they see each other on one node alone. That of most of them, if it answers. */
function commonNode(wanted: readonly Guest[], nodes: readonly string[]): string | undefined {
  const counts = nodes.map((node) => [node, wanted.filter((guest) => guest.node === node).length] as const);
  return counts.toSorted(([a, many], [b, more]) => more - many || a.localeCompare(b))[0]?.[0];
}

function failedOf({ vmid, name }: Guest, why: string): DrillResult {
  const nothing = { as: null, archive: null, takenAt: null, upid: null, seconds: {}, bytes: 0 };
  return { vmid, name, ...nothing, verdict: "failed", why, isolation: "" };
}
