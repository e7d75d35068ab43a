import { type Retention } from "../estate/units/retention";
import { type Copy, type Service } from "./model";
import { type Rates } from "./rates";
import { total, type Span } from "./term";
import { nightsOf } from "./version-history";

/** 2026-01-01, a day to begin with. */
const FIRST = 20_454;
/** Nights that are gone through: ten years. What is not full by then is not planned for. */
const NIGHTS = 3_653;

/** What a job's retention holds on a day after the first backup. */
export interface Held {
  /** The copy. */
  readonly copy: string;
  /** Versions of one guest. */
  readonly versions: number;
  /** Days since the oldest of them. */
  readonly oldestDays: number;
}

/** Bytes behind the datastore, day by day after the first backup. */
export interface StoreGrowth {
  /** Bytes on a day; both figures of them. */
  readonly bytesOn: (days: number) => Span;
  /** Versions that are held on a day, job by job, when each night has its backup. */
  readonly heldOn: (days: number) => Held[];
  /** First day on which `size` bytes do not suffice, by the estimate; undefined when they do for ten years. */
  readonly fullAfter: (size: number) => number | undefined;
}

/**
 * How a datastore grows: of each guest the whole once, and of each version what changed since the one before it. What compression and
 * deduplication save is in the rates; what pruning lets go counts until the next garbage collection, which is not reckoned with.
 */
export function storeGrowth(copies: readonly Copy[], services: readonly Service[], rates: Rates): StoreGrowth {
  const parts = copies
    .filter(({ kind }) => kind === "backup")
    .map(({ name, guests, retention = {}, interval }) => ({
      copy: name,
      whole: total(services.filter(({ vmid }) => guests.has(vmid)).map(({ bytes }) => bytes)),
      nights: decadeOf(retention, interval),
    }));
  const bytesOn = (days: number): Span =>
    total(
      parts.map(({ whole, nights }) => {
        const held = nights[Math.min(days, NIGHTS - 1)] ?? [];
        return {
          bound: whole.bound * rates.wireShare.best * shares(held, rates.growthPerDay.best),
          estimate: whole.estimate * rates.wireShare.expected * shares(held, rates.growthPerDay.expected),
        };
      }),
    );
  const fullAfter = (size: number): number | undefined => {
    for (let day = 0; day < NIGHTS; day += 1) if (bytesOn(day).estimate > size) return day;
    return undefined;
  };
  const heldOn = (days: number): Held[] =>
    parts.map(({ copy, nights }) => {
      const held = nights[Math.min(days, NIGHTS - 1)] ?? [];
      const oldest = held.at(-1);
      return { copy, versions: held.length, oldestDays: oldest === undefined ? 0 : FIRST + days - oldest };
    });
  return { bytesOn, heldOn, fullAfter };
}

/** How often a guest's bytes are there: once, and for each further version what changed in between, at most all of it. */
function shares(held: readonly number[], growthPerDay: number): number {
  if (held.length === 0) return 0;
  return held.slice(1).reduce((sum, day, place) => sum + Math.min(1, growthPerDay * ((held[place] ?? day) - day)), 1);
}

/** Ten years of nights. A site has few retentions, and each is gone through once. */
function decadeOf(retention: Retention, intervalSeconds: number): readonly (readonly number[])[] {
  const everyDays = Math.max(1, Math.round(intervalSeconds / 86_400));
  const name = JSON.stringify([retention, everyDays]);
  let nights = DECADES.get(name);
  if (nights === undefined) DECADES.set(name, (nights = nightsOf(retention, FIRST, NIGHTS, everyDays)));
  return nights;
}

const DECADES = new Map<string, readonly (readonly number[])[]>();
