import * as z from "zod";

import { brokenGlass } from "./broken-glass";
import { comparisonSchema } from "./comparison-schema";
import { proofSchema } from "./drill-record";
import { METHODS } from "./recovery-time";
import { VERDICTS } from "./survival";

const seconds = z.number().nonnegative();
const vmid = z.int();
const tier = z.enum(["essential", "standard", "deferrable"]);

const term = z.strictObject({
  /** What passes: `detection`, `transfer`. */
  name: z.string(),
  /** Seconds that it cannot be shorter than. */
  bound: seconds,
  /** Seconds that it probably takes. */
  estimate: seconds,
  /** What the two follow from, with the source of each. */
  why: z.string(),
});

const outcome = z.strictObject({
  vmid,
  /** Whether it runs on, is out of reach from outside, comes back, or is lost. */
  verdict: z.enum(VERDICTS),
  /** Copy from which it comes back; null when none is needed, or none is left. */
  from: z.string().nullable(),
  /**
   * How it comes back: started elsewhere by high availability, taken up from a replica or a snapshot by a person, or read back from a backup;
   * with its own disks `boot`: with its node, `hand`: a person starts it, `release`: the return guard keeps it off until a person lets it start;
   * null when it runs on, never comes back, or an older planner judged it.
   */
  method: z.enum(METHODS).nullable().default(null),
  /** Seconds until it is back, at least; null when it runs on, or never comes back. */
  bound: seconds.nullable(),
  /** Seconds until it is back, probably. */
  estimate: seconds.nullable(),
  /** Seconds of work that are lost at worst; null when everything is. */
  dataLost: seconds.nullable(),
  /** The same at least. */
  dataLostBound: seconds.nullable(),
  /** Copies of its data that can still be read. */
  copiesLeft: z.int(),
  /** What the time consists of. */
  terms: z.array(term),
});

const severity = z.int().min(1).max(4);

const lossRow = z.strictObject({
  /** Identifier of the loss, stable between two reports. */
  id: z.string(),
  name: z.string(),
  /** 1 complete disaster to 4 nothing is down. */
  severity,
  /** Whether it strikes one guest: each outcome is then as if it were that one. */
  oneGuest: z.boolean(),
  /** Who is called. */
  called: z.string(),
  outcomes: z.array(outcome),
});

const pair = z.strictObject({
  /** Identifiers of the two losses. */
  losses: z.tuple([z.string(), z.string()]),
  names: z.tuple([z.string(), z.string()]),
  severity,
  /** Guests that are lost by the two together and by neither alone. */
  lost: z.array(vmid),
});

const digit = z.strictObject({
  name: z.string(),
  wanted: z.int(),
  found: z.int(),
  met: z.boolean(),
  why: z.string(),
});

const service = z.strictObject({
  vmid,
  name: z.string(),
  tier,
  node: z.string(),
  pool: z.string(),
  /** Bytes that a restore writes, probably. */
  bytes: z.number(),
  /** How the bytes are known. */
  bytesFrom: z.string(),
  dependsOn: z.array(vmid),
  /** The rule 3-2-1-1-0, digit by digit. */
  digits: z.array(digit),
  /** Fewest credentials that destroy every copy; null when none do. */
  deletionResistance: z.int().nullable(),
  /** Names of such a set. */
  credentials: z.array(z.string()),
  /** Days for which it takes more of them, because what was deleted comes back that long, and how many; null where it makes no difference. */
  deletionWindow: z.strictObject({ days: z.int(), count: z.int().nullable() }).nullable(),
});

const target = z.strictObject({
  vmid,
  /** Whether it counts for one thing that breaks, or for what takes a whole site. */
  scope: z.enum(["failures", "disasters"]),
  /** Longest time that the service may be gone, or most work that may be lost. */
  kind: z.enum(["rto", "rpo"]),
  /** The target. */
  seconds,
  /** Whether the owner wrote it: a default only warns. */
  written: z.boolean(),
  /** Setting in which it stands, or would stand. */
  setting: z.string(),
  /** `impossible` when not even the best figures known hold it. */
  verdict: z.enum(["met", "missed", "impossible"]),
  /** Losses after which it is not held, the worst first. */
  misses: z.array(
    z.strictObject({
      loss: z.string(),
      name: z.string(),
      /** Seconds, probably; null when it is lost for good. */
      estimate: seconds.nullable(),
      /** Seconds, at least. */
      bound: seconds.nullable(),
      /** Seconds by which even the bound is above the target; null when it is lost for good. */
      beyond: seconds.nullable(),
      /** What would make it possible. */
      cures: z.array(z.string()),
    }),
  ),
});

const slot = z.strictObject({
  vmid,
  name: z.string(),
  node: z.string(),
  /** Seconds after the first transfer begins. */
  starts: seconds,
  ends: seconds,
  booted: seconds,
  serves: seconds,
  /** Whether the end of the whole waits for it. */
  critical: z.boolean(),
});

const days = z.int().min(0);

/** What a night's backup takes of the time that it has. */
const windowSchema = z.strictObject({
  /** Seconds that it takes at least. */
  bound: seconds,
  /** Seconds that it probably takes when everything is read. */
  estimate: seconds,
  /** Seconds until the next chore of the datastore; null when none follows. */
  limit: seconds.nullable(),
  fits: z.boolean(),
  /** What probably holds it up most; null when an older planner judged it. */
  bottleneck: z.string().nullable().default(null),
  /** A run that was timed; null when nobody wrote one down. */
  measured: z
    .strictObject({
      measuredOn: z.string(),
      seconds,
      bytes: z.number(),
      /** How many times the least possible it took. */
      timesLeast: z.number(),
      /** Whether that is more than slow disks explain. */
      suspicious: z.boolean(),
    })
    .nullable(),
});

/** What is kept, and how the datastore grows, by days after the first backup. */
const storeSchema = z.strictObject({
  days: z.array(
    z.strictObject({
      days,
      /** Versions of a guest, job by job. */
      held: z.array(z.strictObject({ copy: z.string(), versions: z.int(), oldestDays: days })),
      /** Bytes of all of them, at least. */
      bound: z.number(),
      /** The same, probably. */
      estimate: z.number(),
    }),
  ),
  /** Bytes behind the datastore; null when nobody wrote it down. */
  size: z.number().nullable(),
  /** Days after which they do not suffice; null when they do for ten years, or are not known. */
  fullAfter: days.nullable(),
});

/** What the site costs a month by its price table, and what other choices would. */
const costSchema = z.strictObject({
  currency: z.string(),
  /** Day of the price table. */
  asOf: z.string(),
  /** Days after the first backup that the store is reckoned at. */
  atDays: days,
  perMonth: z.number(),
  parts: z.array(z.strictObject({ name: z.string(), perMonth: z.number() })),
  /** What is there and has no price. */
  unpriced: z.array(z.string()),
  choices: z.array(
    z.strictObject({
      adds: z.array(z.string()),
      perMonth: z.number(),
      /** Seconds until the last guest is back after one thing breaks; null when one is lost. */
      afterFailure: seconds.nullable(),
      /** The same after the loss of the site, a key or a login. */
      afterDisaster: seconds.nullable(),
      /** Whether nothing else is as good for less. */
      onFrontier: z.boolean(),
    }),
  ),
});

/** What `make report` says of a site, for programs. */
export const judgementSchema = z.strictObject({
  version: z.literal(1),
  /** Folder of the site. */
  site: z.string(),
  /** When the site was last looked at; null when never. */
  observedAt: z.string().nullable(),
  services: z.array(service),
  /** What becomes of each service after every single loss. */
  losses: z.array(lossRow),
  /** What is promised of each service, and whether it can be held. */
  targets: z.array(target),
  /** Pairs of losses that take what neither alone does. */
  pairs: z.array(pair),
  /** Formats in which copies beside the guests' own disks are kept; an older planner says none. */
  formats: z.array(z.string()).default([]),
  /** How all is read back when everything has to be; null when no guest has a backup. */
  order: z
    .strictObject({
      slots: z.array(slot),
      /** Seconds until the last guest serves. */
      makespan: seconds,
      /** Seconds that no order can go below. */
      makespanBound: seconds,
      /** Share by which the weighted downtime may exceed the least possible. */
      gap: z.number(),
      /** Most transfers at once. */
      concurrency: z.int(),
    })
    .nullable(),
  /** A night's backup against the time that it has; null without backups. */
  window: windowSchema.nullable(),
  /** What is kept, and when the datastore is full; null without backups. */
  store: storeSchema.nullable(),
  /** What it costs; null without a price table in planning.json. */
  cost: costSchema.nullable(),
  /** What a change makes of it; null when it is compared with nothing. */
  comparison: comparisonSchema.nullable(),
  /** Why it does not pass, each with a cure: less protection that nobody accepted, targets of the owner that are not held. */
  stops: z.array(z.string()),
  /** When somebody passed a gate all the same, the newest first. */
  brokenGlass: z.array(brokenGlass),
  /** Whether restoring it was ever tried. */
  proof: proofSchema,
  /** What is taken as given, and what would make it known. */
  assumptions: z.array(z.strictObject({ text: z.string(), cure: z.string() })),
});

/** What `make report` says of a site. */
export type Judgement = z.infer<typeof judgementSchema>;
