import { type DrillResult } from "./drill-record";
import { type Measurement, type Rates } from "./rates";
import { soloLimit } from "./transfer-rate";

/** Tasks of PVE are timed in whole seconds: what took less than this says too little about a rate. */
const LEAST_SECONDS = 10;

/**
 * What a drill measured, in place of figures that were published or assumed: how fast bytes come back, by the part that the plan takes
 * for the slowest, and how long a guest takes to answer. The slowest of the sample is taken.
 * @param day `2026-11-27`.
 */
export function drillMeasurements(results: readonly DrillResult[], rates: Rates, day: string): Measurement[] {
  const long = results.flatMap(({ name, bytes, seconds: { restore } }) =>
    restore !== undefined && restore >= LEAST_SECONDS && bytes > 0 ? [{ name, rate: bytes / restore }] : [],
  );
  const boots = results.flatMap(({ name, verdict, seconds: { boot } }) =>
    boot !== undefined && boot > 0 && verdict === "answered" ? [{ name, boot }] : [],
  );
  const slowest = long.toSorted((a, b) => a.rate - b.rate)[0];
  const longest = boots.toSorted((a, b) => b.boot - a.boot)[0];
  return [
    ...(slowest === undefined ? [] : transferOf(slowest, rates, day)),
    ...(longest === undefined
      ? []
      : [{ rate: "boot" as const, value: longest.boot, measuredOn: day, how: `a drill, ${longest.name}` }]),
  ];
}

/** The part that limits a restore gets the rate that was reached: the others were at least as fast. */
function transferOf({ name, rate }: { name: string; rate: number }, rates: Rates, day: string): Measurement[] {
  const how = `a drill, ${name}, disks with their empty parts`;
  const written = (what: Measurement["rate"], value: number) => [{ rate: what, value, measuredOn: day, how }];
  const sent = rate * rates.wireShare.expected;
  switch (soloLimit(rates, false, "expected").bottleneck) {
    case "reading the store":
      return written("storeRead", sent);
    case "the network":
      return written("siteLink", sent);
    case "writing the disks":
      return written("diskWrite", rate);
    case "the internet":
    case "unpacking, hashing and decrypting":
    case "latency of chunks":
      return written("chunkLatency", (rates.fetches.expected * rates.chunkSize.expected) / rate);
  }
}

/** Measurements with newer ones in the place of those of the same rate. */
export function withNewer(former: readonly Measurement[], newer: readonly Measurement[]): Measurement[] {
  return [...former.filter(({ rate }) => !newer.some((one) => one.rate === rate)), ...newer];
}
