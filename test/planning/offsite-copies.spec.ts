import { strict as assert } from "node:assert";

import { copies } from "../../planning/copies";
import { deletionResistance } from "../../planning/deletion-resistance";
import { type Model } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { survival } from "../../planning/survival";
import { estateWith, guest } from "./estates";

const SHEETS = {
  version: 1 as const,
  fingerprint: "0e",
  checkEveryDays: 180,
  places: [
    { who: "Ana", where: "her safe", checked: "2026-11-20" },
    { who: "Ben", where: "the bank", checked: "2026-11-20" },
  ],
};

/** A site with a copy at another place, as its settings describe it. */
function siteWith(offsite: object = {}): Model {
  const vault = { kind: "vault", place: "my sister's house", reader: "vault@pbs", ...offsite };
  const estate = estateWith([guest(101), guest(102)], { backup: { readers: ["vault@pbs"] }, offsite: { vault } });
  return modelOf(estate, { escrow: SHEETS });
}

const alone = modelOf(estateWith([guest(101), guest(102)]), { escrow: SHEETS });
const digitsOf = (model: Model) =>
  Object.fromEntries(copies(model)[0]!.digits.map(({ name, found, met }) => [name, [found, met]]));
const burnt = (model: Model) => survival(model).find(({ losses: [loss] }) => loss?.id === `site:${model.site}`)!;

describe("a copy at another place", () => {
  it("brings every guest back when the site burns down, with the work since it was fetched lost", () => {
    assert.deepEqual([...new Set(burnt(alone).outcomes.map(({ verdict }) => verdict))], ["lost"]);
    for (const { verdict, from, dataLost } of burnt(siteWith()).outcomes) {
      assert.deepEqual([verdict, from?.kind], ["returns", "off-site"]);
      // Backed up at 21:00 and fetched at 05:00: what was written since the backup before is lost, if the site burns just before.
      assert.ok((dataLost ?? 0) >= (24 + 8) * 3_600, String(dataLost));
    }
  });

  it("counts as a third copy, as one elsewhere, and as one that no thief of the site reaches", () => {
    assert.deepEqual(
      [digitsOf(alone)["off-site"], digitsOf(alone)["copies"]],
      [
        [0, false],
        [2, false],
      ],
    );
    const digits = digitsOf(siteWith());
    assert.deepEqual(
      [digits["off-site"], digits["copies"]],
      [
        [1, true],
        [3, true],
      ],
    );
    assert.ok(
      (digits["out of a thief's reach"]?.[0] as number) > (digitsOf(alone)["out of a thief's reach"]?.[0] as number),
    );
  });

  it("takes a credential more to destroy everything, and at least two that do not open each other", () => {
    const [before, after] = [deletionResistance(alone)[0]!, deletionResistance(siteWith())[0]!];
    assert.equal(after.count, before.count + 1);
    assert.ok(after.count >= 2);
    assert.ok(after.credentials.includes("credential:off-site:vault"));
  });

  it("takes no credential more when the login that may delete it lies at home", () => {
    assert.equal(deletionResistance(siteWith({ loginAtHome: true }))[0]!.count, deletionResistance(alone)[0]!.count);
  });

  it("is none elsewhere when it stands in the same building: it burns with the site", () => {
    const model = siteWith({ sameBuilding: true });
    assert.deepEqual(digitsOf(model)["off-site"], [0, false]);
    assert.deepEqual([...new Set(burnt(model).outcomes.map(({ verdict }) => verdict))], ["lost"]);
  });

  it("is older where it is fetched once a week, and unverified where nobody rereads it", () => {
    const weekly = burnt(siteWith({ schedule: "sun 05:00" })).outcomes[0]!;
    assert.ok((weekly.dataLost ?? 0) >= 7 * 86_400);
    assert.deepEqual(digitsOf(siteWith({ verified: false }))["unverified"], [1, false]);
  });

  it("is said to be believed and not seen", () => {
    const texts = siteWith().assumptions.map(({ text }) => text);
    assert.ok(texts.some((text) => text.includes("the vault at my sister's house fetches and keeps")));
    assert.equal(
      alone.assumptions.some(({ text }) => text.includes("fetches and keeps")),
      false,
    );
  });
});
