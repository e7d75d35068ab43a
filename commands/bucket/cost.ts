import { DEFAULT_UNDELETE_DAYS } from "../../estate/bucket-place-settings";
import { bucketCopiesOf } from "../../estate/offsite-settings";
import { defined } from "../../estate/units/defined";
import { bucketCost, type BucketCost } from "../../planning/bucket-cost";
import { PUBLISHED_BUCKET_PRICES, publishedPricesOf } from "../../planning/bucket-price-table";
import { PLANNING_FILE, type BucketPrices } from "../../planning/record";
import { storeGrowth } from "../../planning/store-growth";
import { type Stack } from "../engine/stack";
import { siteOf } from "../report/knowledge";
import { tableLines } from "../text-table";

/** What a copy in a bucket would cost at one provider, with the prices that it is reckoned with. */
export interface ReckonedCost extends BucketCost {
  /** Whose prices, and what no figure says of them; undefined for those that the site's owner wrote. */
  readonly published?: {
    readonly offer: string;
    readonly remarks: readonly string[];
    /** Endpoint of the settings whose provider's prices are not known, and for which these stand. */
    readonly insteadOf?: string;
  };
  /** The prices. */
  readonly prices: BucketPrices;
}

/**
 * Reckons what a copy in a bucket costs, from the site's own files alone: before there is a bucket. The owner's prices count where
 * there are some; else those that the program came with, of the provider that the settings name or of each that is known.
 */
export function reckonedCosts({ settings, siteFolder }: Pick<Stack, "settings" | "siteFolder">): ReckonedCost[] {
  const { model, record } = siteOf({ settings, siteFolder });
  const [copy] = bucketCopiesOf(settings);
  const growth = storeGrowth(model.copies, model.services, model.rates);
  const undeleteDays = copy?.undeleteDays ?? DEFAULT_UNDELETE_DAYS;
  const reckoned = (prices: BucketPrices) => ({ ...bucketCost(model, growth, prices, undeleteDays), prices });
  const own = record?.bucketPrices;
  if (own !== undefined) return [reckoned(own)];
  const endpoint = copy?.bucket.endpoint;
  const known = endpoint === undefined ? undefined : publishedPricesOf(endpoint);
  const others = endpoint === undefined || known !== undefined ? undefined : endpoint;
  return (known === undefined ? PUBLISHED_BUCKET_PRICES : [known]).map(({ offer, remarks, prices }) => ({
    ...reckoned(prices),
    published: { offer, remarks, ...defined({ insteadOf: others }) },
  }));
}

/** The same for people. @param site Folder of the site, where its owner's prices belong. */
export function costsText(costs: readonly ReckonedCost[], site: string, now: Date): string {
  const [one] = costs;
  if (one === undefined) return "";
  const unknown = one.published?.insteadOf;
  const head = unknown === undefined ? [] : [`No prices of ${unknown} are known; others ask:`];
  const shown = costs.length === 1 ? costLines(one, now) : [...comparedLines(costs), ...detailLines(costs, now)];
  return [...head, ...shown, ...(one.published === undefined ? [] : [publishedNote(site)])].join("\n");
}

function publishedNote(site: string): string {
  return (
    `These prices came with the program and are as old as they say. Look them up at the provider before you decide, and write them into ` +
    `${site}/${PLANNING_FILE} under bucketPrices: {"currency": "EUR", "perTbMonth": {"amount": …, "asOf": "<day>", "source": "<page>"}, …}`
  );
}

/** Several providers beside each other. */
function comparedLines(costs: readonly ReckonedCost[]): string[] {
  const rows = costs.map(({ published, prices, toFill, months, toRead }) => {
    const amounts = [toFill, ...months.map(({ perMonth }) => perMonth), toRead];
    return [published?.offer ?? "", ...amounts.map((amount) => money(amount, prices))];
  });
  const days = costs[0]?.months.map((month) => `a month, ${month.days} days on`) ?? [];
  return tableLines([["provider", "to fill it", ...days, "to read it all back"], ...rows]);
}

function detailLines(costs: readonly ReckonedCost[], now: Date): string[] {
  return costs.flatMap((cost) => ["", ...headLines(cost), ...priceLines(cost.prices, now)]);
}

function headLines({ published }: ReckonedCost): string[] {
  return published === undefined ? [] : [`${published.offer}:`, ...published.remarks.map((remark) => `  ${remark}`)];
}

/** Days after which a price is said to be old: providers change theirs about once a year. */
const OLD_DAYS = 365;

/** One provider for people. */
export function costLines(cost: ReckonedCost, now: Date): string[] {
  const { prices, months, toFill, toRead, firstBytes, firstObjects, unpriced } = cost;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(0)} GB`;
  return [
    ...headLines(cost),
    `To fill it: ${money(toFill, prices)}, for ${gigabytes(firstBytes)} in ${firstObjects} objects.`,
    ...months.map(
      ({ days, bytes, perMonth }) => `A month, ${days} days on: ${money(perMonth, prices)}, for ${gigabytes(bytes)}.`,
    ),
    `To read everything back once, or to reread it: ${money(toRead, prices)}.`,
    ...(unpriced.length === 0 ? [] : [`Without a price, and so left out: ${unpriced.join(", ")}.`]),
    "Sizes are expected ones, from the site's files; what was deleted or overwritten counts until its window is over. Prices:",
    ...priceLines(prices, now),
  ];
}

function money(amount: number | undefined, { currency }: BucketPrices): string {
  return amount === undefined ? "not known" : `${currency} ${amount.toFixed(2)}`;
}

function priceLines({ minimumTb, minimumDays, ...prices }: BucketPrices, now: Date): string[] {
  const named = Object.entries(prices).flatMap(([name, one]) => (typeof one === "object" ? [{ name, ...one }] : []));
  const old = named.flatMap(({ name, asOf }) => {
    const days = Math.floor((now.getTime() - Date.parse(asOf)) / 86_400_000);
    return days <= OLD_DAYS ? [] : [`${name} (${days} days)`];
  });
  return [
    ...named.map(({ name, amount, asOf, source }) => `  ${name}: ${amount}, ${source}, looked up on ${asOf}`),
    ...(minimumTb === undefined ? [] : [`  charged for ${minimumTb} TB at least`]),
    ...(minimumDays === undefined ? [] : [`  each object is charged for ${minimumDays} days at least`]),
    ...(old.length === 0
      ? []
      : [`WARNING: looked up more than a year ago: ${old.join(", ")}. Look them up again, and write the day down.`]),
  ];
}
