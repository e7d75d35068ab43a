import { strict as assert } from "node:assert";

import { offsiteCopiesOf, offsiteFindings, offsiteProblems } from "../../estate/offsite-settings";
import { parseSettings } from "../../estate/settings";
import { lines, settingsWith, writtenSettings } from "./site";

const VAULT = { kind: "vault", place: "my sister's house", reader: "vault@pbs" };
const withCopies = (offsite: object, readers = ["vault@pbs"]) => settingsWith({ backup: { readers }, offsite });

describe("Copies at other places", () => {
  it("are described by who has them and where, and taken to be fetched daily, kept and reread", () => {
    const settings = withCopies({ vault: VAULT });
    const [copy] = offsiteCopiesOf(settings);
    assert.deepEqual([copy?.name, copy?.schedule, copy?.verified], ["vault", "05:00", true]);
    assert.deepEqual([copy?.sameBuilding, copy?.loginAtHome], [false, false]);
    assert.deepEqual([offsiteProblems(settings), offsiteFindings(settings)], [[], []]);
  });

  it("are refused without a login of their own with which they could be fetched", () => {
    const paths = (settings: ReturnType<typeof withCopies>) => offsiteProblems(settings).map(({ path }) => path);
    assert.deepEqual(paths(withCopies({ vault: VAULT }, [])), ["offsite.vault.reader"]);
    assert.deepEqual(paths(withCopies({ peer: { ...VAULT, kind: "peer" }, vault: VAULT })), ["offsite.vault.reader"]);
    const said = (offsite: object) => lines(parseSettings({ ...writtenSettings, offsite })).join("\n");
    assert.match(said({ vault: { kind: "cloud" } }), /"vault", "peer" or "s3"/);
    for (const part of ["offsite.vault.place", "offsite.vault.reader"])
      assert.ok(said({ vault: { kind: "vault" } }).includes(part));
  });

  it("are none elsewhere in the building of the site, whatever is said of them, and are said in the same town", () => {
    const location = { country: "NL", city: "Utrecht", building: "Oudegracht 1" };
    const of = (theirs: object | undefined) =>
      settingsWith({
        backup: { readers: ["vault@pbs"] },
        location,
        offsite: { vault: { ...VAULT, location: theirs } },
      });
    const there = of({ ...location, building: "oudegracht  1" });
    assert.equal(offsiteCopiesOf(there)[0]?.sameBuilding, true);
    assert.match(offsiteFindings(there)[0]?.advice ?? "", /same building/);
    const near = of({ ...location, building: "Neude 5" });
    assert.equal(offsiteCopiesOf(near)[0]?.sameBuilding, false);
    assert.match(offsiteFindings(near)[0]?.advice ?? "", /same town/);
    assert.deepEqual(offsiteFindings(of({ ...location, city: "Gent", country: "BE" })), []);
    assert.equal(offsiteCopiesOf(of(undefined))[0]?.sameBuilding, false);
  });

  it("are found out when they are none: in the same building, with a login at home, or known to nobody", () => {
    const found = offsiteFindings(withCopies({ vault: { ...VAULT, sameBuilding: true, loginAtHome: true } }));
    assert.match(found.map(({ advice }) => advice).join("\n"), /same building[\s\S]*one theft destroys both/);
    assert.match(
      offsiteFindings(withCopies({}))[0]?.advice ?? "",
      /vault@pbs may fetch copies, and nothing says where/,
    );
  });
});
