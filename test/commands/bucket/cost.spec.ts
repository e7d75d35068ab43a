import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { costsText, reckonedCosts } from "../../../commands/bucket/cost";
import { PUBLISHED_BUCKET_PRICES } from "../../../planning/bucket-price-table";
import { PLANNING_FILE } from "../../../planning/record";
import { settingsWith } from "../../estate/site";
import { guest } from "../../planning/estates";

const NOW = new Date("2026-11-28T12:00:00Z");
const BUCKET = { region: "eu-central-1", name: "one", accessKey: "AK1" };
const at = (endpoint: string) => ({
  offsite: {
    bucket: {
      ...{ kind: "s3", place: "elsewhere", into: { datastore: "s3-copies", path: "/cache" } },
      bucket: { ...BUCKET, endpoint },
    },
  },
});

describe("the cost of a bucket, before there is one", () => {
  let siteFolder: string;

  beforeEach(() => {
    siteFolder = mkdtempSync(join(tmpdir(), "bucket-cost-"));
    write("inventory.json", { guests: [guest(101), guest(102)] });
  });

  afterEach(() => {
    rmSync(siteFolder, { recursive: true });
  });

  const write = (name: string, content: object) => {
    writeFileSync(join(siteFolder, name), JSON.stringify(content));
  };
  const costs = (settings: Parameters<typeof settingsWith>[0] = {}) =>
    reckonedCosts({ settings: settingsWith(settings), siteFolder });
  const offers = (settings?: Parameters<typeof settingsWith>[0]) =>
    costs(settings).map((cost) => cost.published?.offer);

  it("is said of every provider whose prices are known, beside each other, while the owner has chosen none", () => {
    const all = PUBLISHED_BUCKET_PRICES.map(({ offer }) => offer);
    assert.ok(all.length >= 4);
    assert.deepEqual(offers(), all);
    const said = costsText(costs(), "sites/home", NOW);
    for (const offer of all) assert.match(said, new RegExp(`^${offer.replaceAll(".", "\\.")} {2,}[A-Z]{3} \\d`, "m"));
    assert.match(said, /Look them up at the provider before you decide.*sites\/home\/planning\.json/);
  });

  it("is that of the provider whose bucket it is, and of all where that provider's prices are not known", () => {
    assert.deepEqual(offers(at("s3.eu-central-2.wasabisys.com")), ["Wasabi"]);
    assert.deepEqual(offers(at("{{bucket}}.s3.{{region}}.amazonaws.com")), ["AWS S3 Standard, us-east-1"]);
    assert.equal(offers(at("s3.example.org")).length, PUBLISHED_BUCKET_PRICES.length);
    const said = costsText(costs(at("s3.example.org")), "sites/home", NOW);
    assert.match(said, /^No prices of s3\.example\.org are known; others ask:\nprovider /);
    assert.doesNotMatch(costsText(costs(), "sites/home", NOW), /are known/);
  });

  it("is reckoned with the owner's prices alone once there are some", () => {
    const perTbMonth = { amount: 7, asOf: "2026-11-27", source: "a page" };
    write(PLANNING_FILE, { version: 1, bucketPrices: { currency: "CHF", perTbMonth } });
    assert.deepEqual(offers(), [undefined]);
    const said = costsText(costs(), "sites/home", NOW);
    assert.match(said, /perTbMonth: 7, a page, looked up on 2026-11-27/);
    assert.doesNotMatch(said, /came with the program/);
  });

  it("names no price that has no day and no page, and says which of them are old", () => {
    for (const { prices } of PUBLISHED_BUCKET_PRICES)
      for (const one of Object.values(prices))
        if (typeof one === "object") assert.ok(Date.parse(one.asOf) <= NOW.getTime() && one.source !== "");
    const later = costsText(costs(), "sites/home", new Date("2031-01-01T00:00:00Z"));
    assert.equal(later.match(/^WARNING: looked up more than a year ago: perTbMonth /gm)?.length, 4);
  });
});
