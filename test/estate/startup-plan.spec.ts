import { strict as assert } from "node:assert";

import { type Failover } from "../../estate/failover";
import { type Observation } from "../../estate/observation";
import { startupFindings } from "../../estate/startup-order";
import { startupPlanOf } from "../../estate/startup-plan";
import { inventoryOf, module, observationWith, settingsWith } from "./site";

const GUESTS = inventoryOf([
  module("nextcloud", { vmid: 340, dependsOn: ["identity:identity"] }),
  module("identity", { vmid: 440, dependsOn: ["firewall:proxy"] }),
  module("firewall", { vmid: 540 }),
  module("alone", { vmid: 600 }),
]).guests;

/** The guests as they were seen, by VMID with the order that they have. */
function seen(orders: Readonly<Record<number, number | undefined>>, changes: Partial<Observation> = {}): Observation {
  const items = Object.entries(orders).map(([vmid, startOrder]) => ({
    ...{ vmid: Number(vmid), kind: "vm" as const, name: "", disks: [], node: "tappaas1", onBoot: true as const },
    ...(startOrder !== undefined && { startOrder }),
  }));
  return observationWith({ guests: { complete: true, items }, ...changes });
}

const NONE = { guests: [] } as unknown as Failover;
const ASKED = settingsWith({ startup: { ordered: true, pause: "1 minute" } });
const BLANK = { 340: undefined, 440: undefined, 540: undefined, 600: undefined };

function planned(observation: Observation | undefined, settings = ASKED, failover = NONE): string[] {
  return startupPlanOf(settings, GUESTS, failover, observation).map(
    ({ guest, order, pause }) => `${guest.name} ${order}${pause === undefined ? "" : `, then ${pause}`}`,
  );
}

describe("The order of starts that is written", () => {
  it("is none as long as nobody asks for it: guests are not changed by the way", () => {
    assert.deepEqual(planned(seen(BLANK), settingsWith()), []);
  });

  it("has what is needed first, a pause after it, and leaves a guest alone that needs nothing", () => {
    assert.deepEqual(planned(seen(BLANK)), ["nextcloud 3", "identity 2, then 1 minute", "firewall 1, then 1 minute"]);
  });

  it("keeps places that a guest has where they fit, and stays the same once it is written", () => {
    const before = seen({ ...BLANK, 540: 10, 340: 40 });
    const plan = ["nextcloud 40", "identity 11, then 1 minute", "firewall 10, then 1 minute"];
    assert.deepEqual(planned(before), plan);
    assert.deepEqual(planned(seen({ ...BLANK, 540: 10, 440: 11, 340: 40 })), plan);
  });

  it("moves what would start too early behind what it needs, and not what others count on", () => {
    assert.deepEqual(planned(seen({ ...BLANK, 540: 5, 440: 5 })), [
      "nextcloud 7",
      "identity 6, then 1 minute",
      "firewall 5, then 1 minute",
    ]);
  });

  it("has no guest that fails over, for HA heeds no order, and none that nobody has seen", () => {
    const watched = { guests: [{ guest: GUESTS.find(({ vmid }) => vmid === 540) }] } as unknown as Failover;
    assert.deepEqual(planned(seen(BLANK), ASKED, watched), ["nextcloud 2", "identity 1, then 1 minute"]);
    assert.deepEqual(planned(seen({ 440: undefined, 600: undefined })), []);
    assert.deepEqual(planned(undefined), []);
  });

  it("gives guests that need each other in a circle one place, and what needs them a later one", () => {
    const { guests } = inventoryOf([
      module("one", { vmid: 310, dependsOn: ["two:a"] }),
      module("two", { vmid: 311, dependsOn: ["one:a"] }),
      module("last", { vmid: 305, dependsOn: ["one:a"] }),
    ]);
    const plan = startupPlanOf(ASKED, guests, NONE, seen({ 305: undefined, 310: undefined, 311: undefined }));
    assert.deepEqual(Object.fromEntries(plan.map(({ guest, order }) => [guest.name, order])), {
      last: 2,
      one: 1,
      two: 1,
    });
  });

  it("is no finding any more where the program writes it, and one where HA starts the guest all the same", () => {
    const observation = seen(BLANK);
    const written = startupPlanOf(ASKED, GUESTS, NONE, observation);
    assert.equal(startupFindings(GUESTS, observation).length, 2);
    assert.deepEqual(startupFindings(GUESTS, observation, written), []);
    const items = [{ kind: "resource" as const, id: "vm:440", state: "started" }];
    const byHand = seen(BLANK, { highAvailability: { complete: true, items } });
    const [finding, ...more] = startupFindings(GUESTS, byHand, written);
    assert.match(`${finding?.path} ${finding?.advice}`, /^guest vm:440 "identity" HA starts it and heeds no startup/);
    assert.deepEqual(more, []);
  });
});
