import { type Model } from "./model";
import { type BucketPrices } from "./record";
import { type StoreGrowth } from "./store-growth";

/** What a copy in a bucket costs, in the currency of its price table. What has no price there is named and not guessed. */
export interface BucketCost {
  /** Filling it for the first time: one request an object. */
  readonly toFill: number | undefined;
  /** A month, so many days after the first backup. */
  readonly months: readonly BucketMonth[];
  /** Reading everything back once, out of the provider: requests, and what leaves it. */
  readonly toRead: number | undefined;
  /** Bytes of the first filling. */
  readonly firstBytes: number;
  /** Objects of the first filling. */
  readonly firstObjects: number;
  /** Prices that the table does not have. */
  readonly unpriced: readonly string[];
}

/** A month of a bucket. */
export interface BucketMonth {
  /** Days after the first backup. */
  readonly days: number;
  /** Bytes that lie there or are charged after they were deleted, old versions in their window included. */
  readonly bytes: number;
  /** What lies there, or what is charged at least, and what comes in. */
  readonly perMonth: number | undefined;
}

/** Average bytes of a chunk as it lies in a bucket. Source: the example of PBS' manual, 2.49 MB. */
const OBJECT_BYTES = 2.49e6;
const TB = 1e12;
const MONTH_DAYS = 30;
/** A month, a year and three years after the first backup. */
const LOOKS = [30, 365, 1_096] as const;

/**
 * Cost of a copy in a bucket, before there is one. The bytes are the expected ones of the plan.
 * @param undeleteDays Days for which the bucket keeps what was deleted: what the nights of that time changed lies there besides.
 */
export function bucketCost(model: Model, growth: StoreGrowth, prices: BucketPrices, undeleteDays: number): BucketCost {
  const perDay = changedPerDay(model);
  const firstBytes = growth.bytesOn(0).estimate;
  const { minimumTb = 0, minimumDays = 0 } = prices;
  const [perTbMonth, put] = [prices.perTbMonth.amount, prices.putPerThousand?.amount];
  const requests = (bytes: number, price: number): number => (bytes / OBJECT_BYTES / 1000) * price;
  const months = LOOKS.map((days) => {
    const bytes = growth.bytesOn(days).estimate + perDay * Math.min(Math.max(undeleteDays, minimumDays), days);
    const charged = Math.max(bytes / TB, minimumTb);
    const comesIn = put === undefined ? undefined : requests(perDay * MONTH_DAYS, put);
    return { days, bytes, perMonth: comesIn === undefined ? undefined : charged * perTbMonth + comesIn };
  });
  const [get, out] = [prices.getPerThousand?.amount, prices.outPerTb?.amount];
  const toRead =
    get === undefined || out === undefined ? undefined : requests(firstBytes, get) + (firstBytes / TB) * out;
  return {
    ...{ months, toRead, firstBytes, firstObjects: Math.ceil(firstBytes / OBJECT_BYTES) },
    toFill: put === undefined ? undefined : requests(firstBytes, put),
    unpriced: (["putPerThousand", "getPerThousand", "outPerTb"] as const).filter((name) => prices[name] === undefined),
  };
}

/** Bytes that a day's changes send. */
function changedPerDay({ services, copies, rates }: Model): number {
  const covered = new Set(copies.filter(({ kind }) => kind === "backup").flatMap(({ guests }) => [...guests]));
  const bytes = services.filter(({ vmid }) => covered.has(vmid)).reduce((sum, one) => sum + one.bytes.estimate, 0);
  return bytes * rates.wireShare.expected * rates.growthPerDay.expected;
}
