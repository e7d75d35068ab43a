import { type Span } from "./term";

/** What a rate counts. */
export type RateUnit = "bytes per second" | "seconds" | "share" | "count" | "bytes";

/**
 * A figure that planning rests on and that no site declares. `best` is the best that is known of any site, and makes bounds;
 * `expected` is what to reckon with, and makes estimates.
 */
export interface Rate {
  /** The best known: the highest throughput, the shortest duration, the smallest share. */
  readonly best: number;
  /** What to reckon with until it is measured. */
  readonly expected: number;
  /** Unit of both. */
  readonly unit: RateUnit;
  /** Where the figures come from; begins with "assumption" where nobody published one. */
  readonly source: string;
  /** Day on which it was measured on this site; undefined for a published or assumed figure. */
  readonly measuredOn?: string;
}

/** Names of the figures that planning rests on. */
export type RateName = keyof typeof PUBLISHED_RATES;

/** All figures that a plan is made with. */
export type Rates = Readonly<Record<RateName, Rate>>;

/** A figure that was measured on the site, as in a drill. It replaces the published one. */
export interface Measurement {
  /** Which figure. */
  readonly rate: RateName;
  /** What was measured, in the unit of that rate. */
  readonly value: number;
  /** Day of the measurement, `2026-11-21`. */
  readonly measuredOn: string;
  /** How it was measured. */
  readonly how: string;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const RESTORE_SERIES = "pbs-devel 2025-07, restore of a 60 GiB image";
const BENCHMARK = "proxmox-backup-client 4.2.3, reference figures of its benchmark (Ryzen 7 2700X)";
const HA = "pve-ha-manager, watchdog and lock constants";

function throughput(best: number, expected: number, source: string) {
  return { best, expected, unit: "bytes per second" as const, source };
}

function duration(best: number, expected: number, source: string) {
  return { best, expected, unit: "seconds" as const, source };
}

/** Published figures, and assumptions where nobody published one. */
export const PUBLISHED_RATES = {
  siteLink: throughput(
    1.25e9,
    110.6e6,
    "best: 10 GbE; expected: TLS of a 1 GbE client, apptainer-proxmox-backup-client",
  ),
  internet: throughput(625e6, 13.5e6, "best: 5 Gbit/s; expected: 1 TB in 20 h 32 min, nimbus.rdem-systems.com"),
  storeRead: throughput(1642 * MIB, 448 * MIB, `best: NVMe, expected: six hard disks in RAID 10; ${RESTORE_SERIES}`),
  diskWrite: throughput(1642 * MIB, 500e6, `best: NVMe, ${RESTORE_SERIES}; expected: one SATA SSD, TAPPaaS design`),
  decompress: throughput(1198e6, 1198e6, BENCHMARK),
  hash: throughput(2022e6, 2022e6, BENCHMARK),
  decrypt: throughput(3645e6, 3645e6, BENCHMARK),
  threads: { best: 4, expected: 4, unit: "count", source: "proxmox-backup-qemu 2.0.1, threads of one restore" },
  fetches: { best: 16, expected: 16, unit: "count", source: "proxmox-backup-qemu 2.0.1, chunks fetched at once" },
  chunkSize: { best: 4 * MIB, expected: 4 * MIB, unit: "bytes", source: "PBS, size of a fixed chunk" },
  chunkLatency: duration(0.0072, 0.048, `best: NVMe, expected: hard disks, each with one fetch; ${RESTORE_SERIES}`),
  internetLatency: duration(0.005, 0.03, "assumption: round trip to a site elsewhere in the country"),
  usedShare: { best: 0.1, expected: 0.6, unit: "share", source: "assumption: share of a disk that holds data" },
  wireShare: { best: 0.3, expected: 0.67, unit: "share", source: "assumption: zstd sends two thirds of what is used" },
  unknownDisk: {
    best: GIB,
    expected: 100e9,
    unit: "bytes",
    source: "assumption: a guest whose disk nobody declared or saw holds 100 GB",
  },
  growthPerDay: {
    best: 0.001,
    expected: 0.01,
    unit: "share",
    source: "assumption: a guest changes 1 % of its data a day",
  },
  detection: duration(0, 900, "assumption: an alarm is read within 15 minutes"),
  declaration: duration(0, 900, "assumption: somebody decides within 15 minutes"),
  replaceDisk: duration(3600, 172_800, "assumption: best, bought in a shop; expected, delivered in two days"),
  replaceNode: duration(3600, 259_200, "assumption: best, bought in a shop; expected, delivered in three days"),
  replaceSite: duration(3600, 604_800, "assumption: another place with power and network within a week"),
  install: duration(600, 2700, "assumption: PVE is installed and enrolled in 45 minutes"),
  makePool: duration(5, 60, "assumption: a pool is made in a minute"),
  boot: duration(10, 60, "assumption: a guest starts in a minute"),
  probe: duration(0, 120, "Veeam SureBackup, default wait for an application to start"),
  ingress: duration(0, 30, "assumption: proxy and tunnel find a guest again within 30 seconds"),
  internetOutage: duration(0, 86_400, "assumption: a provider repairs a line within a day"),
  powerOutage: duration(
    0,
    7200,
    "best: a moment; expected: one interruption of about 2 hours a year, eia.gov/todayinenergy 37652 (2017, without major events)",
  ),
  nodeBoot: duration(30, 300, "assumption: firmware and PVE are up in five minutes"),
  startPause: duration(3, 3, "pve-manager, startall: 3 s after each VM without a pause of its own"),
  rollback: duration(5, 60, "assumption: a snapshot is rolled back in a minute"),
  haLock: duration(120, 120, `${HA}: a lock is free 120 s after the last sign of life`),
  haRound: duration(0, 5, `${HA}: a round lasts 10 s, half of one on average`),
  haFence: duration(60, 60, `${HA}: a new master fences after 60 s`),
  haNewMaster: duration(
    100,
    120,
    `${HA}: the lock of a dead master lapses 120 s after it was renewed, at most 20 s before`,
  ),
  snapshotReserve: {
    best: 20e9,
    expected: 20e9,
    unit: "bytes",
    source: "TAPPaaS design: 20 GB for snapshots of a guest, 100 GB where its growth is unknown",
  },
} as const satisfies Readonly<Record<string, Rate>>;

/**
 * Published rates with what was measured in their place. A measurement better than the best known becomes the best.
 * @throws {RangeError} If a measured value is not above 0.
 */
export function ratesWith(measurements: readonly Measurement[], rates: Rates = PUBLISHED_RATES): Rates {
  const measured = measurements.map(({ rate, value, measuredOn, how }): [RateName, Rate] => {
    if (!(value > 0)) throw new RangeError(`Expected a measured ${rate} above 0, got ${value}.`);
    const { best, unit } = rates[rate];
    const better = unit === "seconds" || unit === "share" || rate === "unknownDisk" ? Math.min : Math.max;
    return [rate, { best: better(best, value), expected: value, unit, source: `measured: ${how}`, measuredOn }];
  });
  return { ...rates, ...Object.fromEntries(measured) };
}

/** Seconds of a rate that is a duration. */
export function secondsOf({ best, expected }: Rate): Span {
  return { bound: Math.min(best, expected), estimate: expected };
}

/** A rate's source, with the day where it was measured. */
export function sourceOf({ source, measuredOn }: Rate): string {
  return measuredOn === undefined ? source : `${source}, on ${measuredOn}`;
}

/** What was reckoned for the figures of a site, by a name of its own; it goes with them. */
export type ByRates<K, V> = WeakMap<Rates, Map<K, V>>;

/** What is the same for all services of a site: reckoned when it is first asked for, and known from then on. */
export function onceFor<K, V>(known: ByRates<K, V>, rates: Rates, key: K, reckon: () => V): V {
  let own = known.get(rates);
  if (own === undefined) known.set(rates, (own = new Map<K, V>()));
  let value = own.get(key);
  if (value === undefined) own.set(key, (value = reckon()));
  return value;
}
