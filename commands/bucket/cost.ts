import { DEFAULT_UNDELETE_DAYS } from "../../estate/bucket-place-settings";
import { bucketCopiesOf } from "../../estate/offsite-settings";
import { bucketCost, type BucketCost } from "../../planning/bucket-cost";
import { PLANNING_FILE, type BucketPrices } from "../../planning/record";
import { storeGrowth } from "../../planning/store-growth";
import { type Stack } from "../engine/stack";
import { siteOf } from "../report/knowledge";

/** What a copy in a bucket would cost, with the prices that it is reckoned with. */
export interface ReckonedCost extends BucketCost {
  /** The table. */
  readonly prices: BucketPrices;
}

/**
 * Reckons what a copy in a bucket costs, from the site's own files alone: before there is a bucket.
 * @throws {Error} With a cure when nobody wrote prices down. None is known here: they change, and differ by provider and region.
 */
export function reckonedCost({ settings, siteFolder }: Pick<Stack, "settings" | "siteFolder">): ReckonedCost {
  const { model, record } = siteOf({ settings, siteFolder });
  const prices = record?.bucketPrices;
  if (prices === undefined) {
    const price = { amount: "<price>", asOf: "<day>", source: "<page>" };
    const example = {
      currency: "EUR",
      perTbMonth: price,
      putPerThousand: price,
      getPerThousand: price,
      outPerTb: price,
    };
    throw new Error(
      `No prices of a bucket are written down, and none is known here.\nCure: look them up at the provider, and write them into ` +
        `${settings.site}/${PLANNING_FILE} under bucketPrices, each with its day and its page: ${JSON.stringify(example)}`,
    );
  }
  const [copy] = bucketCopiesOf(settings);
  const growth = storeGrowth(model.copies, model.services, model.rates);
  return { ...bucketCost(model, growth, prices, copy?.undeleteDays ?? DEFAULT_UNDELETE_DAYS), prices };
}

/** Days after which a price is said to be old: providers change theirs about once a year. */
const OLD_DAYS = 365;

/** The same for people. */
export function costLines(
  { prices, months, toFill, toRead, firstBytes, firstObjects, unpriced }: ReckonedCost,
  now: Date,
): string[] {
  const money = (amount: number | undefined) =>
    amount === undefined ? "not known" : `${prices.currency} ${amount.toFixed(2)}`;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(0)} GB`;
  const named = Object.entries(prices).flatMap(([name, one]) => (typeof one === "object" ? [{ name, ...one }] : []));
  return [
    `To fill it: ${money(toFill)}, for ${gigabytes(firstBytes)} in ${firstObjects} objects.`,
    ...months.map(
      ({ days, bytes, perMonth }) => `A month, ${days} days on: ${money(perMonth)}, for ${gigabytes(bytes)}.`,
    ),
    `To read everything back once, or to reread it: ${money(toRead)}.`,
    ...(unpriced.length === 0 ? [] : [`Without a price, and so left out: ${unpriced.join(", ")}.`]),
    "Sizes are expected ones, from the site's files; what was deleted or overwritten counts until its window is over. Prices:",
    ...named.map(({ name, amount, asOf, source }) => `  ${name}: ${amount}, ${source}, looked up on ${asOf}`),
    ...named.flatMap(({ name, asOf }) => {
      const days = Math.floor((now.getTime() - Date.parse(asOf)) / 86_400_000);
      return days <= OLD_DAYS
        ? []
        : [`WARNING: ${name} was looked up ${days} days ago. Look it up again, and write the day down.`];
    }),
  ];
}
