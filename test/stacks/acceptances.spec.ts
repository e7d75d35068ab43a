import { strict as assert } from "node:assert";

import * as z from "zod";

import { ACCEPTANCE } from "../../provider/objects/acceptance";
import { estateOf } from "../../estate/estate";
import { parseSettings } from "../../estate/settings";
import { type Acceptance } from "../../estate/site-folder";
import { identity, inventoryOf, lines, module, observationWith, seenPool } from "../estate/site";
import { declaredRegistrations, WRITTEN } from "./declared";

const ACCEPTED = { who: "Ada", why: "the old ones are on tape", until: "2027-01-31" };

describe("What an owner accepts", () => {
  it("reaches the objects it is about, and a guest that survives less keeps nobody from an `up`", async () => {
    const retention: Acceptance = { object: "pbs:PruneJob/nightly", change: "shorten-retention", ...ACCEPTED };
    const survival: Acceptance = { object: "survival/140/site", change: "survive-less", ...ACCEPTED };
    const settings = parseSettings(WRITTEN);
    assert.ok(settings.ok, lines(settings).join("; "));
    const observation = observationWith({ pools: { complete: true, items: [seenPool] } });
    const inventory = inventoryOf([module("identity", identity)]);
    const estate = estateOf({ inventory, settings: settings.value, observation });
    assert.ok(estate.ok, lines(estate).join("; "));
    const decisions = { adoptions: [], acceptances: [retention, survival] };
    const declared = await declaredRegistrations(settings.value, estate.value, observation.takenAt, decisions);
    const { acceptances } = declared.ofType("pulumi:providers:resilience")["site"] as { acceptances: string };
    const handedOn: unknown = typeof acceptances === "string" ? JSON.parse(acceptances) : acceptances;
    assert.deepEqual(z.array(ACCEPTANCE).parse(handedOn), [retention]);
  });
});
