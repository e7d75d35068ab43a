import { strict as assert } from "node:assert";

import * as z from "zod";

import { ACCEPTANCE } from "../../provider/objects/acceptance";
import { estateOf } from "../../estate/estate";
import { parseSettings } from "../../estate/settings";
import { type Acceptance } from "../../estate/site-folder";
import { identity, inventoryOf, lines, module, observationWith, seenPool } from "../estate/site";
import { declaredRegistrations } from "./declared";

const ssh = { host: "10.0.0.10", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };
const WRITTEN = {
  site: "sites/home",
  nodes: { tappaas1: { api: "https://10.0.0.10:8006", ssh } },
  pools: [{ node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] }],
  backupServer: { address: "10.0.0.12", fingerprint: "0e".repeat(32) },
  key: { fingerprint: "0e".repeat(32) },
};
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
