import * as z from "zod";

import { type DrilledGuest } from "../../estate/drill-plan";
import { type Guest } from "../../estate/guest";
import { defined } from "../../estate/units/defined";
import { guestId } from "../../estate/units/guest-id";
import { proofOf, type DrillResult } from "../../planning/drill-record";
import { type PveClient } from "../../provider/clients/pve-client";
import { get } from "../observe/site";
import { surveyFor, type RebuildSurvey } from "../rebuild/survey";
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

/** Snapshots and numbers for the guests that are to be tried; of those that have no backup, that they failed. */
export function chosenFor(
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
