import { type Settings } from "../estate/settings";
import { toSeconds, type Duration } from "../estate/units/duration";
import { type Loss } from "./loss";
import { type Service, type Tier } from "./model";
import { type Outcome, type SurvivalRow } from "./survival";
import { type Term } from "./term";

/** Targets of a site as its settings have them; tiers that they are silent about have defaults. */
export type WrittenTargets = Settings["targets"];

/** What a target counts for: one thing at the site that breaks, or what takes a whole site. */
export type Scope = "failures" | "disasters";

/** What is promised: how long a service may be gone, or how much work may be lost. */
export type TargetKind = "rto" | "rpo";

/** A promise, and what keeps it from being held. */
export interface TargetResult {
  /** The service. */
  readonly service: Service;
  /** What it counts for. */
  readonly scope: Scope;
  /** What is promised. */
  readonly kind: TargetKind;
  /** The promise in seconds. */
  readonly seconds: number;
  /** Whether the owner wrote it: only then it can fail anything. */
  readonly written: boolean;
  /** Setting in which it stands, or would stand. */
  readonly setting: string;
  /** `impossible` when not even the best figures known hold it. */
  readonly verdict: "met" | "missed" | "impossible";
  /** Losses after which it is not held, the worst first. */
  readonly misses: readonly Miss[];
}

/** One loss after which a target is not held. */
export interface Miss {
  /** The loss. */
  readonly loss: Loss;
  /** Seconds that pass, or seconds of work that are lost, probably; undefined when it is for good. */
  readonly estimate: number | undefined;
  /** The same at least. */
  readonly bound: number | undefined;
  /** Seconds by which even the bound is above the target; 0 when the bound is within it, undefined when it is lost for good. */
  readonly beyond: number | undefined;
  /** What would bring the bound within the target. Empty where only figures that are worse than the best stand in the way. */
  readonly cures: readonly string[];
}

interface Promised {
  readonly rto: Duration;
  readonly rpo: Duration;
}

/** A nightly backup loses a day and what its run takes: an hour of that. A lost machine is bought anew within three days. */
const DEFAULTS: Readonly<Record<Tier | "disasters", Promised>> = {
  essential: { rto: "1 day", rpo: "25 hours" },
  standard: { rto: "4 days", rpo: "25 hours" },
  deferrable: { rto: "14 days", rpo: "8 days" },
  disasters: { rto: "14 days", rpo: "8 days" },
};

/** Holds what becomes of every service against what is promised of it. */
export function targetResults(rows: readonly SurvivalRow[], targets: WrittenTargets): TargetResult[] {
  const [first] = rows;
  return (first?.outcomes ?? []).flatMap(({ service }, position) =>
    (["failures", "disasters"] as const).flatMap((scope) => {
      const own = rows.flatMap(({ losses: [loss], outcomes }) => {
        const outcome = outcomes[position];
        return loss !== undefined && outcome !== undefined && scopeOf(loss) === scope ? [{ loss, outcome }] : [];
      });
      return (["rto", "rpo"] as const).map((kind) => resultOf(service, scope, kind, own, targets));
    }),
  );
}

/**
 * What a loss counts as; undefined for what no target speaks of: a line or a power that its supplier brings back, a sheet, and a deletion, after
 * which the coarseness of old versions decides.
 */
export function scopeOf(loss: Loss): Scope | undefined {
  if (loss.kind === "disk" || loss.id === "update") return "failures";
  if (loss.kind === "credential" || loss.kind === "key") return "disasters";
  if (loss.kind !== "place") return undefined;
  if (loss.placeKind === "site") return "disasters";
  return ["pool", "node", "server", "control"].includes(loss.placeKind) ? "failures" : undefined;
}

function resultOf(
  service: Service,
  scope: Scope,
  kind: TargetKind,
  rows: readonly { readonly loss: Loss; readonly outcome: Outcome }[],
  targets: WrittenTargets,
): TargetResult {
  const { seconds, written, setting } = promiseOf(service, scope, kind, targets);
  const misses = rows
    .flatMap(({ loss, outcome }) => missOf(loss, outcome, kind, seconds) ?? [])
    .toSorted((a, b) => (b.estimate ?? Infinity) - (a.estimate ?? Infinity) || a.loss.id.localeCompare(b.loss.id));
  const impossible = misses.some(({ beyond }) => beyond === undefined || beyond > 0);
  const verdict = misses.length === 0 ? "met" : impossible ? "impossible" : "missed";
  return { service, scope, kind, seconds, written, setting, verdict, misses };
}

/** A guest's own target goes before its tier's, each of the two by itself. */
function promiseOf({ vmid, tier }: Service, scope: Scope, kind: TargetKind, targets: WrittenTargets) {
  const group = scope === "disasters" ? scope : tier;
  const own = scope === "disasters" ? undefined : targets.guests[vmid]?.[kind];
  const written = own ?? targets[group]?.[kind];
  const setting = own === undefined ? `targets.${group}.${kind}` : `targets.guests.${vmid}.${kind}`;
  return { seconds: toSeconds(written ?? DEFAULTS[group][kind]), written: written !== undefined, setting };
}

function missOf(loss: Loss, outcome: Outcome, kind: TargetKind, seconds: number): Miss | undefined {
  const { verdict, recovery, from } = outcome;
  if (verdict === "runs" || verdict === "cut off") return undefined;
  if (verdict === "lost") {
    const cures = ["a copy that outlives it"];
    return { loss, estimate: undefined, bound: undefined, beyond: undefined, cures };
  }
  const [estimate, bound] =
    kind === "rto"
      ? [recovery?.estimate ?? 0, recovery?.bound ?? 0]
      : [outcome.dataLost ?? 0, outcome.dataLostBound ?? 0];
  if (estimate <= seconds) return undefined;
  const beyond = Math.max(0, bound - seconds);
  const cures =
    beyond === 0
      ? []
      : kind === "rto"
        ? timeCures(recovery?.terms ?? [], beyond)
        : [`copies of it more often than ${from?.name ?? "now"}: a shorter interval, or a replica`];
  return { loss, estimate, bound, beyond, cures };
}

/** The largest terms of a bound that have to go, until what is left is within the target; each with what makes it go. */
function timeCures(terms: readonly Term[], beyond: number): string[] {
  let over = beyond;
  return terms
    .filter(({ bound }) => bound > 0)
    .toSorted((a, b) => b.bound - a.bound)
    .flatMap(({ name }, index, all) => {
      if (over <= 0) return [];
      over -= all[index]?.bound ?? 0;
      return [
        `without ${name}: ${TERM_CURES[name] ?? "a replica on another node, from which it fails over by itself"}`,
      ];
    });
}

const REPLICA = "a replica on another node with failover, from which it starts by itself";

const TERM_CURES: Readonly<Record<string, string>> = {
  "replacement of the disk": "a spare disk in the pool, or one on the shelf",
  "replacement of the machine":
    "a machine that stands ready (spareNode in planning.json), or another node in the cluster",
  "replacement of the site": "a second site that takes the guests",
  installation: "a machine that stands ready (spareNode in planning.json), or another node in the cluster",
  "return of the internet": "a copy that is read without the internet",
  transfer: REPLICA,
  "making the pool": REPLICA,
  "waiting for dependencies": "the same target for what it depends on",
};
