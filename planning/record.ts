import * as z from "zod";

import { type Parsed } from "../estate/problem";
import { expecting, parse, plainText, text } from "../estate/schema";
import { PUBLISHED_RATES, type RateName } from "./rates";

const RATE_NAMES = Object.keys(PUBLISHED_RATES) as [RateName, ...RateName[]];

const day = text(
  (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  'a day such as "2026-12-31"',
);

const positive = z.number(expecting("a number above 0")).positive(expecting("a number above 0"));

const measurement = z.strictObject({
  /** Which figure of planning/rates.ts it replaces. */
  rate: z.enum(RATE_NAMES, expecting(`one of ${RATE_NAMES.join(", ")}`)),
  /** What was measured: bytes a second, seconds, a share or a number, as that figure is. */
  value: positive,
  /** Day of the measurement. */
  measuredOn: day,
  /** How it was measured: a drill, a benchmark. */
  how: plainText,
});

const used = z.strictObject({
  /** The guest. */
  vmid: z.int(expecting("a VMID")),
  /** Bytes that a restore of it writes. */
  bytes: positive,
  /** Day on which they were counted. */
  measuredOn: day,
});

const backupRun = z.strictObject({
  /** Bytes that it read. */
  bytes: positive,
  /** Seconds that it took. */
  seconds: positive,
  /** Day of the run. */
  measuredOn: day,
});

const prices = z.strictObject({
  /** Day on which they were looked up. */
  asOf: day,
  /** Currency of all prices, `EUR`. */
  currency: plainText,
  /** One TB of disk at the site, with its redundancy. */
  diskPerTb: positive.optional(),
  /** One TB of storage elsewhere, a month. */
  offsitePerTbMonth: positive.optional(),
  /** A machine that stands ready. */
  spareNode: positive.optional(),
  /** Months over which what is bought is counted. @default 60 */
  lifeMonths: positive.default(60),
});

const price = z.strictObject({
  /** The price. */
  amount: z.number(expecting("a number, 0 or above")).min(0, expecting("a number, 0 or above")),
  /** Day on which it was looked up. */
  asOf: day,
  /** Page on which it stands. */
  source: plainText,
});

const bucketPrices = z.strictObject({
  /** Currency of all of them, `EUR`. */
  currency: plainText,
  /** One TB (10^12 bytes) for a month, in the tier from which it is read at once. */
  perTbMonth: price,
  /** A thousand objects written. */
  putPerThousand: price.optional(),
  /** A thousand objects read. */
  getPerThousand: price.optional(),
  /** One TB that leaves the provider. */
  outPerTb: price.optional(),
  /** TB for which a month is charged even where less lies there. @default - what lies there */
  minimumTb: positive.optional(),
  /** Days for which an object is charged even where it is deleted before. @default - until it is deleted */
  minimumDays: positive.optional(),
});

const cloudPrices = z.strictObject({
  /** Currency of all of them, `USD`. */
  currency: plainText,
  /** An hour of a machine, by its type: `m8i.2xlarge`. */
  machinePerHour: z.record(plainText, price),
  /** One GiB of disk for a month, of the type gp3. */
  diskPerGibMonth: price.optional(),
  /** An hour of a public address. */
  addressPerHour: price.optional(),
});

const planningRecord = z.strictObject({
  version: z.literal(1, expecting("1")),
  /** Measurements in place of published figures. */
  measured: z.array(measurement).default([]),
  /** Bytes in use, in place of a share of the disk. */
  used: z.array(used).default([]),
  /** Whether a machine stands ready to take over the guests of a lost one. */
  spareNode: z.boolean(expecting("true or false")).default(false),
  /** Size in bytes of the disks behind the datastore. */
  datastoreSize: positive.optional(),
  prices: prices.optional(),
  bucketPrices: bucketPrices.optional(),
  cloudPrices: cloudPrices.optional(),
  /** A night's backup that was timed, as PVE's log says it. */
  backupRun: backupRun.optional(),
});

/** What an owner measured and knows of a site that nothing else declares; `planning.json` in its folder. */
export type PlanningRecord = z.infer<typeof planningRecord>;

/** Prices of a site, as far as its owner wrote them. */
export type Prices = z.infer<typeof prices>;

/** Prices of a provider of buckets, each with its day and its page. */
export type BucketPrices = z.infer<typeof bucketPrices>;

/** Prices of a provider of machines, each with its day and its page. */
export type CloudPrices = z.infer<typeof cloudPrices>;

/** File of a site's folder that holds it. */
export const PLANNING_FILE = "planning.json";

/** Reads it strictly, naming all that is wrong with it. */
export function parsePlanningRecord(input: unknown): Parsed<PlanningRecord> {
  return parse(planningRecord, input, PLANNING_FILE);
}

/** The record of a site whose owner wrote none. */
export const NO_RECORD: PlanningRecord = { version: 1, measured: [], used: [], spareNode: false };
