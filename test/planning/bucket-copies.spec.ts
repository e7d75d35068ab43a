import { strict as assert } from "node:assert";

import { deletionResistance } from "../../planning/deletion-resistance";
import { type Model } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { survival } from "../../planning/survival";
import { estateWith, guest } from "./estates";

const SHEETS = {
  ...{ version: 1 as const, fingerprint: "0e", checkEveryDays: 180 },
  places: [
    { who: "Ana", where: "her safe", checked: "2026-11-20" },
    { who: "Ben", where: "the bank", checked: "2026-11-20" },
  ],
};
const BUCKET = {
  ...{ kind: "s3", place: "AWS, Frankfurt", into: { datastore: "s3-copies", path: "/cache" } },
  bucket: { endpoint: "s3.example.org", region: "eu-central-1", name: "one", accessKey: "AK1" },
};

function siteWith(more: object = {}): Model {
  const estate = estateWith([guest(101), guest(102)], { offsite: { bucket: { ...BUCKET, ...more } } });
  return modelOf(estate, { escrow: SHEETS });
}

const burnt = (model: Model) => survival(model).find(({ losses: [loss] }) => loss?.id === `site:${model.site}`)!;
const thefts = (model: Model) => deletionResistance(model).map(({ count }) => count);

describe("a copy in a bucket, counted", () => {
  it("brings every guest back when the site burns down", () => {
    for (const { verdict, from } of burnt(siteWith()).outcomes) {
      assert.deepEqual([verdict, from?.kind], ["returns", "off-site"]);
    }
  });

  it("takes a login of the bucket's account besides to destroy, when home's key may not delete", () => {
    const model = siteWith();
    assert.deepEqual(thefts(model), [2, 2]);
    assert.ok(deletionResistance(model)[0]?.credentials.includes("credential:off-site:bucket"));
  });

  it("falls with home when home's key deletes, and the plan says for how long the bucket gives it back", () => {
    const model = siteWith({ mode: "ordinary", undeleteDays: 20 });
    assert.deepEqual(thefts(model), [1, 1]);
    assert.deepEqual(deletionResistance(model)[0]?.until, { days: 20, count: 2 });
    assert.deepEqual(deletionResistance(siteWith())[0]?.until, undefined);
    const said = model.assumptions.map(({ text }) => text).join("\n");
    assert.match(
      said,
      /counts as deleted by whoever takes the backup server over; it gives everything back for 20 days/,
    );
  });

  it("falls with home when the login of its account lies at home", () => {
    assert.deepEqual(thefts(siteWith({ loginAtHome: true })), [1, 1]);
  });
});
