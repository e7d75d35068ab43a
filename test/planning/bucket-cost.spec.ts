import { strict as assert } from "node:assert";

import { costLines } from "../../commands/bucket/cost";
import { bucketCost } from "../../planning/bucket-cost";
import { problemsOf, valueOf } from "../../estate/problem";
import { parsePlanningRecord } from "../../planning/record";
import { modelOf } from "../../planning/site-model";
import { storeGrowth } from "../../planning/store-growth";
import { estateWith, guest } from "./estates";

const model = modelOf(estateWith([guest(101), guest(102)]));
const growth = storeGrowth(model.copies, model.services, model.rates);
const price = (amount: number) => ({ amount, asOf: "2026-11-27", source: "a page" });
const ALL = { perTbMonth: price(20), putPerThousand: price(0.005), getPerThousand: price(0.0004), outPerTb: price(90) };
const pricesOf = (bucketPrices: object) =>
  valueOf(parsePlanningRecord({ version: 1, bucketPrices: { currency: "EUR", ...bucketPrices } }), "record")
    .bucketPrices!;

describe("what a copy in a bucket costs", () => {
  it("is reckoned from the plan: filling it, a month as it grows, and reading it all back", () => {
    const { toFill, toRead, months, firstBytes, firstObjects } = bucketCost(model, growth, pricesOf(ALL), 30);
    assert.equal(firstBytes, growth.bytesOn(0).estimate);
    assert.ok(Math.abs(toFill! - (firstObjects / 1000) * 0.005) < 1e-4);
    assert.ok(Math.abs(toRead! - ((firstBytes / 1e12) * 90 + (firstObjects / 1000) * 0.0004)) < 1e-4);
    assert.deepEqual(
      months.map(({ days }) => days),
      [30, 365, 1096],
    );
    for (const [index, month] of months.entries()) assert.ok(month.perMonth! >= (months[index - 1]?.perMonth ?? 0));
  });

  it("counts what was deleted as long as it can be brought back", () => {
    const bytes = (days: number) => bucketCost(model, growth, pricesOf(ALL), days).months[1]!.bytes;
    assert.ok(bytes(60) > bytes(30) && bytes(30) > growth.bytesOn(365).estimate);
  });

  it("is for as much and as long as the provider charges at least, where little lies there or is deleted soon", () => {
    const { months } = bucketCost(model, growth, pricesOf({ ...ALL, minimumTb: 50, minimumDays: 90 }), 30);
    assert.ok(months[0]!.perMonth! >= 50 * 20 && months[0]!.perMonth! < 51 * 20);
    assert.equal(months[1]!.bytes, bucketCost(model, growth, pricesOf(ALL), 90).months[1]!.bytes);
  });

  it("is never guessed: what has no price is named", () => {
    const cost = bucketCost(model, growth, pricesOf({ perTbMonth: price(20) }), 30);
    assert.deepEqual([cost.toFill, cost.toRead, cost.months[0]?.perMonth], [undefined, undefined, undefined]);
    assert.deepEqual(cost.unpriced, ["putPerThousand", "getPerThousand", "outPerTb"]);
  });

  it("says of a price that it is older than a year, and which", () => {
    const prices = pricesOf({ ...ALL, outPerTb: { amount: 90, asOf: "2025-11-20", source: "a page" } });
    const said = costLines({ ...bucketCost(model, growth, prices, 30), prices }, new Date("2026-11-27T12:00:00Z"));
    assert.deepEqual(
      said.filter((line) => line.startsWith("WARNING")),
      ["WARNING: looked up more than a year ago: outPerTb (372 days). Look them up again, and write the day down."],
    );
  });

  it("is shown with the day and the page of each price, and a price without them is refused", () => {
    const prices = pricesOf(ALL);
    const said = costLines({ ...bucketCost(model, growth, prices, 30), prices }, new Date("2026-11-27T12:00:00Z")).join(
      "\n",
    );
    for (const name of Object.keys(ALL))
      assert.match(said, new RegExp(`${name}: [\\d.]+, a page, looked up on 2026-11-27`));
    const undated = parsePlanningRecord({ version: 1, bucketPrices: { currency: "EUR", perTbMonth: { amount: 6 } } });
    assert.deepEqual(
      problemsOf(undated).map(({ path }) => path.replace(/^.*: /, "")),
      ["bucketPrices.perTbMonth.asOf", "bucketPrices.perTbMonth.source"],
    );
  });
});
