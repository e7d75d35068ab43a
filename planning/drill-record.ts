import { createHash } from "node:crypto";

import * as z from "zod";

import { type Parsed } from "../estate/problem";
import { expecting, parse, plainText, text } from "../estate/schema";
import { type Model } from "./model";

/** Folder of a site's folder that holds the reports of its drills. */
export const DRILLS_FOLDER = "drills";

/**
 * What a drill found out of a guest: it `answered` from inside; it `runs` and has nothing that could answer; it runs and was `silent`;
 * it was restored and `not started`; it `failed`.
 */
export const DRILL_VERDICTS = ["answered", "runs", "silent", "not started", "failed"] as const;

const moment = text((at) => !Number.isNaN(Date.parse(at)), 'a moment such as "2026-11-27T10:15:00Z"');
const seconds = z.number(expecting("seconds")).min(0, expecting("seconds"));

const drilled = z.strictObject({
  vmid: z.int(),
  name: plainText,
  /** Number that it had in the drill; null when it was not restored. */
  as: z.int().nullable(),
  /** The snapshot; null when there was none. */
  archive: z.string().nullable(),
  takenAt: moment.nullable(),
  /** The task that restored it. */
  upid: z.string().nullable(),
  verdict: z.enum(DRILL_VERDICTS),
  /** What was seen, in a sentence. */
  why: z.string(),
  /** What was taken from it before it was started, or kept it from being started. */
  isolation: z.string(),
  /** Seconds of each phase that was measured. */
  seconds: z.strictObject({ restore: seconds.optional(), boot: seconds.optional() }),
  /** Bytes of its disks. */
  bytes: z.number().min(0),
});

const drillRecord = z.strictObject({
  version: z.literal(1),
  site: plainText,
  /** Hash of the plan of restores that was tried. */
  plan: plainText,
  begunAt: moment,
  endedAt: moment,
  /** With which key backups were read: that of a sheet, or the one that nodes carry. */
  key: z.strictObject({ from: z.enum(["escrow sheet", "nodes"]), fingerprint: plainText }),
  login: plainText,
  /** Where its guests saw each other: a bridge of one node, that led nowhere else. Absent where each was alone. */
  network: z.strictObject({ node: plainText, bridge: plainText }).optional(),
  guests: z.array(drilled),
  /** What could not be taken away again, each with the reason; empty when nothing was left. */
  left: z.array(z.string()),
});

/** What a drill did and found. */
export type DrillRecord = z.infer<typeof drillRecord>;

/** What it found of one guest. */
export type DrillResult = DrillRecord["guests"][number];

/** Reads a report strictly, naming all that is wrong with it. */
export function parseDrillRecord(input: unknown, name: string): Parsed<DrillRecord> {
  return parse(drillRecord, input, name);
}

/** Form of what drills prove, for the report. */
export const proofSchema = z.strictObject({
  /** Hash of the plan of restores as the site's files make it now. */
  plan: z.string(),
  /** Day of the last drill of this very plan in which nothing failed; null when there was none: it is unproven. */
  provenOn: z.string().nullable(),
  /** Day on which a sheet last opened a backup in a drill; null when never. */
  sheetProvenOn: z.string().nullable(),
  /** Day on which each guest last came back in a drill, whatever the plan was then; null when never. */
  guests: z.array(z.strictObject({ vmid: z.int(), provenOn: z.string().nullable() })),
});

/** What drills prove of a site. */
export type Proof = z.infer<typeof proofSchema>;

/**
 * What is restored, from where to where, and what waits for what: another guest, node, storage, dependency, datastore or key is another
 * plan. Sizes and rates are not in it: a drill changes those itself.
 */
export function planHash({ services, copies, keys }: Model): string {
  const stores = copies.filter(({ kind }) => kind === "backup" || kind === "off-site");
  const plan = {
    keys: keys.map(({ id }) => id),
    services: services.map(({ vmid, name, node, pool, dependsOn }) => [vmid, name, node, pool, [...dependsOn]]),
    copies: stores.map(({ id, at, guests }) => [id, at, [...guests].sort((a, b) => a - b)]),
  };
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex").slice(0, 16);
}

/** Whether a guest came back in a drill. */
export function cameBack({ verdict }: DrillResult): boolean {
  return verdict === "answered" || verdict === "runs";
}

/** What drills prove of the plan that the site has now. */
export function proofOf(model: Model, records: readonly DrillRecord[]): Proof {
  const plan = planHash(model);
  const inOrder = records.toSorted((a, b) => a.endedAt.localeCompare(b.endedAt));
  const whole = ({ guests, left }: DrillRecord) =>
    left.length === 0 && guests.some(cameBack) && guests.every(({ verdict }) => verdict !== "failed");
  const last = inOrder.findLast((record) => record.plan === plan);
  const sheet = inOrder.findLast(({ key, guests }) => key.from === "escrow sheet" && guests.some(cameBack));
  return {
    plan,
    provenOn: last !== undefined && whole(last) ? dayOf(last.endedAt) : null,
    sheetProvenOn: sheet === undefined ? null : dayOf(sheet.endedAt),
    guests: model.services.map(({ vmid }) => {
      const found = inOrder.findLast(({ guests }) => guests.some((one) => one.vmid === vmid && cameBack(one)));
      return { vmid, provenOn: found === undefined ? null : dayOf(found.endedAt) };
    }),
  };
}

function dayOf(moment: string): string {
  return moment.slice(0, "2026-11-27".length);
}
