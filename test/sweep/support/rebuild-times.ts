import { strict as assert } from "node:assert";

import { type RebuildPlan } from "../../../estate/rebuild-plan";
import { PUBLISHED_RATES, type RateName } from "../../../planning/rates";
import { askLab } from "../../../tools/lab-site/lab";
import { type LabSite } from "../../../tools/lab-site/prepare";

/** How fast the lab's ways are, in bytes and seconds of its own time: one and a half restores fill the backup server. */
const LAB = { stream: 20_000, store: 30_000, boot: 60 };
/** Times as fast as outside: what the program itself takes is twenty times as long in the site's time. */
const SPEED = 20;
/** So fast that a restore takes no time. */
const AT_ONCE = { stream: 1e15, store: 1e15, boot: 0.001 };

/** What `rebuild --json` says of its times. */
export interface TimedRebuild {
  readonly plan?: RebuildPlan;
  readonly measured?: {
    readonly guests: Readonly<Record<string, { readonly restored?: number; readonly runs?: number }>>;
    readonly total?: number;
  };
}

/** What a drill would have measured on this lab, for a site's planning.json. */
export function drilled(): { readonly version: 1; readonly measured: readonly object[] } {
  const { fetches, chunkSize } = PUBLISHED_RATES;
  const values: Partial<Record<RateName, number>> = {
    chunkLatency: (fetches.expected * chunkSize.expected) / LAB.stream,
    storeRead: LAB.store,
    boot: LAB.boot,
    ...{ wireShare: 1, usedShare: 1, probe: 1, ingress: 1 },
  };
  const measured = Object.entries(values).map(([rate, value]) => ({
    ...{ rate, value },
    ...{ measuredOn: "2026-11-01", how: "a drill" },
  }));
  return { version: 1, measured };
}

/** Lets restores and starts of the lab take that time, or none, as on its first day. */
export function takeTime({ places }: LabSite, takes: boolean): void {
  const rates = Object.entries(takes ? LAB : AT_ONCE).flatMap(([name, value]) => [`--${name}`, String(value)]);
  askLab(places, "transfer-rates", ...rates);
  askLab(places, "speed", String(takes ? SPEED : 1));
}

/** Each guest was restored and ran within a fifth of what was predicted, and not before it could. */
export function assertEachClose({ plan, measured }: TimedRebuild): void {
  for (const { guest, predicted, starts } of plan!.guests) {
    const own = measured!.guests[guest]!;
    assertClose(`${guest} restored`, predicted.restored, own.restored, predicted.bound!.restored);
    if (starts) assertClose(`${guest} runs`, predicted.runs!, own.runs, predicted.bound!.runs);
  }
}

/** The same of all together. */
export function assertAllClose({ plan, measured }: TimedRebuild): void {
  const ends = plan!.guests.map(({ predicted, starts }) => (starts ? predicted.runs! : predicted.restored));
  const bounds = plan!.guests.map(({ predicted, starts }) =>
    starts ? predicted.bound!.runs : predicted.bound!.restored,
  );
  assertClose("all", Math.max(...ends), measured!.total, Math.max(...bounds));
}

function assertClose(what: string, predicted: number, measured: number | undefined, bound: number): void {
  assert.ok(measured !== undefined, what);
  const off = Math.abs(predicted - measured) / measured;
  assert.ok(off <= 0.2, `${what}: predicted ${predicted}, measured ${measured}, off by ${Math.round(off * 100)} %`);
  assert.ok(measured >= bound, `${what}: measured ${measured}, and nothing can be below ${bound}`);
}
