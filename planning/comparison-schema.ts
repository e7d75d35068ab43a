import * as z from "zod";

import { METHODS } from "./recovery-time";
import { VERDICTS } from "./survival";

/**
 * What of a cell changed: what becomes of the guest, copies that are left, work that is lost, the time that it is gone by itself, and
 * the time that it waits for others or they for it.
 */
export const ASPECTS = ["verdict", "copies", "work", "time", "waiting"] as const;

/** One of them. */
export type Aspect = (typeof ASPECTS)[number];

const cell = z.strictObject({
  verdict: z.enum(VERDICTS),
  /** How it comes back; null when it runs on, never comes back, or an older planner judged it. */
  method: z.enum(METHODS).nullable().default(null),
  /** Seconds until it is back, probably; null when it runs on, or never comes back. */
  estimate: z.number().nullable(),
  /** Seconds of work that are lost at worst; null when everything is. */
  dataLost: z.number().nullable(),
  /** Copies of its data that can still be read. */
  copiesLeft: z.int(),
  /** Copy from which it comes back. */
  from: z.string().nullable(),
});

const changedCell = z.strictObject({
  loss: z.string(),
  /** Name of the loss. */
  name: z.string(),
  vmid: z.int(),
  guest: z.string(),
  before: cell,
  after: cell,
  worse: z.array(z.enum(ASPECTS)),
  better: z.array(z.enum(ASPECTS)),
  /** Whether somebody has to take it upon themselves. */
  needsAcceptance: z.boolean(),
  /** Who did, why and until when; null when nobody did. */
  acceptance: z.strictObject({ who: z.string(), why: z.string(), until: z.string() }).nullable(),
});

const changedCount = z.strictObject({
  vmid: z.int(),
  guest: z.string(),
  /** A digit of 3-2-1-1-0, or `stolen logins that end it`. */
  what: z.string(),
  /** Null when no stolen logins end it. */
  before: z.number().nullable(),
  after: z.number().nullable(),
  worse: z.boolean(),
});

const changedTarget = z.strictObject({
  vmid: z.int(),
  guest: z.string(),
  setting: z.string(),
  scope: z.enum(["failures", "disasters"]),
  written: z.boolean(),
  before: z.enum(["met", "missed", "impossible"]),
  after: z.enum(["met", "missed", "impossible"]),
});

/** Form of what a change makes of a site. */
export const comparisonSchema = z.strictObject({
  /** What it is compared with: a commit, a branch. */
  base: z.string(),
  /** Guests that only the change has. */
  added: z.array(z.string()),
  /** Guests that only the base has. */
  removed: z.array(z.string()),
  cells: z.array(changedCell),
  counts: z.array(changedCount),
  targets: z.array(changedTarget),
  /** Cells in which this version of the planner judges the base otherwise than the base's own did; null when that is not known. */
  planner: z.array(changedCell).nullable(),
});

/** What a change makes of a site: every cell that it changes, judged by one planner before and after. */
export type Comparison = z.infer<typeof comparisonSchema>;
