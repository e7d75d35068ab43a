import { type ByRates, onceFor, type Rate, type RateName, type Rates, sourceOf } from "./rates";

/** What can limit a transfer. */
export type Bottleneck =
  | "latency of chunks"
  | "unpacking, hashing and decrypting"
  | "reading the store"
  | "the internet"
  | "the network"
  | "writing the disks";

/** What limits a transfer: a rate in bytes of restored data a second, and the bottleneck by name. */
export interface Limit {
  /** Bytes of restored data a second. */
  readonly rate: number;
  /** What sets it. */
  readonly bottleneck: Bottleneck;
}

/** Which of the two figures of a rate to take. */
export type Figure = "best" | "expected";

/**
 * The fastest that one restore can run, whatever else is idle: fetching chunks one after the other on some connections, and
 * decrypting, checking and unpacking them on some threads.
 */
export function streamLimit(rates: Rates, overInternet: boolean, figure: Figure): Limit {
  const pick = (name: RateName) => rates[name][figure];
  const latency = pick("chunkLatency") + (overInternet ? pick("internetLatency") : 0);
  const fetching = (pick("fetches") * pick("chunkSize")) / latency;
  const unpacking = pick("threads") / (1 / pick("decompress") + 1 / pick("hash") + 1 / pick("decrypt"));
  return slowest([
    { rate: fetching, bottleneck: "latency of chunks" },
    { rate: unpacking, bottleneck: "unpacking, hashing and decrypting" },
  ]);
}

/** Bytes of restored data a second that a way can carry: a link, a store that is read. What is sent is compressed. */
export function wireLimit(rates: Rates, name: "siteLink" | "internet" | "storeRead", figure: Figure): number {
  return rates[name][figure] / rates.wireShare[figure];
}

/** Bytes a second that the disks of one node take. */
export function writeLimit(rates: Rates, figure: Figure): number {
  return rates.diskWrite[figure];
}

/** The slowest of several limits. @throws {RangeError} If there are none. */
export function slowest(limits: readonly Limit[]): Limit {
  const [first, ...others] = limits;
  if (first === undefined) throw new RangeError("Expected at least one limit, got none.");
  return others.reduce((least, limit) => (limit.rate < least.rate ? limit : least), first);
}

/** Rate of one restore that has the site to itself, with what limits it; reckoned once for the figures of a site. */
export function soloLimit(rates: Rates, overInternet: boolean, figure: Figure): Limit {
  const way = `${overInternet ? "internet" : "site"} ${figure}`;
  return onceFor(LIMITS, rates, way, () => soloLimitOf(rates, overInternet, figure));
}

function soloLimitOf(rates: Rates, overInternet: boolean, figure: Figure): Limit {
  return slowest([
    streamLimit(rates, overInternet, figure),
    { rate: wireLimit(rates, "storeRead", figure), bottleneck: "reading the store" },
    {
      rate: wireLimit(rates, overInternet ? "internet" : "siteLink", figure),
      bottleneck: overInternet ? "the internet" : "the network",
    },
    { rate: writeLimit(rates, figure), bottleneck: "writing the disks" },
  ]);
}

/** Sources of the rates that a restore rests on, each once, for people. */
export function transferSources(rates: Rates, overInternet: boolean): string {
  return onceFor(SOURCES, rates, overInternet, () => {
    const link: Rate = overInternet ? rates.internet : rates.siteLink;
    return [...new Set([rates.storeRead, link, rates.diskWrite, rates.wireShare].map(sourceOf))].join("; ");
  });
}

const LIMITS: ByRates<string, Limit> = new WeakMap();
const SOURCES: ByRates<boolean, string> = new WeakMap();
