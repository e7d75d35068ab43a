import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { type Model } from "../../../lab/ha/model";
import { Simulation } from "../../../lab/ha/simulation";
import { threeNodes, where } from "./cases";
import { propertyRuns } from "../../support/property-runs";

type Act = readonly [seconds: number, act: (simulation: Simulation) => void];

const node = fc.constantFrom("node1", "node2", "node3");
const act: fc.Arbitrary<Act> = fc.tuple(
  fc.integer({ min: 1, max: 300 }),
  fc.oneof(
    node.map((name) => (one: Simulation) => {
      one.pullPlug(name);
    }),
    node.map((name) => (one: Simulation) => {
      one.plugIn(name);
    }),
    node.map((name) => (one: Simulation) => {
      one.cutNetwork([name]);
    }),
    fc.constant((one: Simulation) => {
      one.cutNetwork();
    }),
    fc.tuple(node, fc.constantFrom("reboot" as const, "poweroff" as const)).map(([name, kind]) => (one: Simulation) => {
      one.shutDown(name, kind);
    }),
    node.map((name) => (one: Simulation) => {
      one.command(`migrate vm:101 ${name}`);
    }),
    node.map((name) => (one: Simulation) => {
      one.command(`enable-node-maintenance ${name}`);
    }),
  ),
);
const acts = fc.array(act, { minLength: 1, maxLength: 12 });

function live(simulation: Simulation, list: readonly Act[]): void {
  for (const [seconds, one] of list) {
    simulation.advanceTo(simulation.now + seconds);
    one(simulation);
  }
  simulation.advanceTo(simulation.now + 600);
}

/**
 * What a person does who finds a node that does not come back. A node whose shutdown meets a migration that has been asked for and
 * not begun waits for it for ever: its LRM begins nothing any more, and its CRM freezes only what is started or stopped.
 */
function hardReset(simulation: Simulation, name: string): void {
  if (simulation.model.nodes[name]?.shutdown !== undefined) simulation.pullPlug(name);
  simulation.plugIn(name);
}

describe("a cluster of the lab, whatever befalls it", () => {
  it("never starts a guest while another node still runs it", () => {
    fc.assert(
      fc.property(fc.nat(1000), acts, (seed, list) => {
        const simulation = threeNodes({ seed });
        live(simulation, list);
        assert.ok(simulation.model.journal.every(({ text }) => !text.includes("two writers")));
      }),
      { numRuns: propertyRuns(20) },
    );
  });

  it("runs a guest only on a node that is on and has its disks", () => {
    fc.assert(
      fc.property(fc.nat(1000), acts, (seed, list) => {
        const simulation = threeNodes({ seed });
        live(simulation, list);
        for (const [sid, home] of Object.entries(where(simulation)).filter(([, name]) => name !== "down")) {
          assert.equal(simulation.model.nodes[home]?.power, "on");
          assert.ok(simulation.model.guests[sid]?.copies[home] !== undefined);
        }
      }),
      { numRuns: propertyRuns(20) },
    );
  });

  it("goes on from what was stored as if it had never stopped", () => {
    fc.assert(
      fc.property(fc.nat(1000), acts, acts, (seed, first, then) => {
        const whole = threeNodes({ seed });
        live(whole, first);
        const stored = new Simulation(JSON.parse(JSON.stringify(whole.model)) as Model);
        live(whole, then);
        live(stored, then);
        assert.deepEqual(stored.model, JSON.parse(JSON.stringify(whole.model)));
      }),
      { numRuns: propertyRuns(10) },
    );
  });

  it("runs every guest again within ten minutes after all is whole and on, if its disks allow", () => {
    fc.assert(
      fc.property(fc.nat(1000), acts, (seed, list) => {
        const simulation = threeNodes({ seed });
        simulation.advanceTo(2000);
        live(simulation, list);
        simulation.cutNetwork();
        for (const name of ["node1", "node2", "node3"]) {
          hardReset(simulation, name);
          simulation.command(`disable-node-maintenance ${name}`);
        }
        simulation.advanceTo(simulation.now + 300);
        for (const name of ["node1", "node2", "node3"]) simulation.plugIn(name);
        simulation.advanceTo(simulation.now + 600);
        assert.ok(!Object.values(where(simulation)).includes("down"), JSON.stringify(where(simulation)));
      }),
      { numRuns: propertyRuns(20) },
    );
  });
});
