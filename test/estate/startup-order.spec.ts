import { strict as assert } from "node:assert";

import { dependenciesOf } from "../../estate/dependencies";
import { type Observation } from "../../estate/observation";
import { startupFindings } from "../../estate/startup-order";
import { inventoryOf, module, observationWith } from "./site";

/** Guests by name and VMID, each with what it needs. */
function guestsOf(needs: Readonly<Record<string, readonly [number, ...string[]]>>) {
  const modules = Object.entries(needs).map(([name, [vmid, ...dependsOn]]) => module(name, { vmid, dependsOn }));
  return inventoryOf(modules).guests;
}

interface Start {
  readonly vmid: number;
  readonly startOrder?: number;
  readonly onBoot?: boolean;
  readonly node?: string;
}

function seen(starts: readonly Start[], changes: Partial<Observation> = {}): Observation {
  const items = starts.map(({ node = "tappaas1", onBoot = true, ...rest }) => ({
    ...{ kind: "vm" as const, name: "", disks: [], node },
    ...(onBoot && { onBoot }),
    ...rest,
  }));
  return observationWith({ guests: { complete: true, items }, ...changes });
}

const CHAIN = guestsOf({
  nextcloud: [340, "cluster:vm", "identity:identity"],
  identity: [440, "firewall:proxy"],
  firewall: [540, "cluster:vm"],
});
const texts = (starts: readonly Start[], changes = {}) =>
  startupFindings(CHAIN, seen(starts, changes)).map(({ path, advice }) => `${path}: ${advice}`);

describe("The order in which guests start", () => {
  it("follows from what each module needs", () => {
    const { loops, places } = dependenciesOf(CHAIN);
    assert.deepEqual(loops, []);
    assert.deepEqual(
      [540, 440, 340].map((vmid) => places.get(vmid)),
      [1, 2, 3],
    );
  });

  it("has none where guests need each other in a circle, and their names are said once", () => {
    const guests = guestsOf({
      one: [310, "two:a"],
      two: [311, "three:a"],
      three: [312, "one:a"],
      last: [320, "one:a"],
    });
    assert.deepEqual(dependenciesOf(guests).loops, [[310, 311, 312]]);
    const [finding, ...more] = startupFindings(guests, undefined);
    assert.match(finding?.advice ?? "", /^one, two, three need each other in a circle/);
    assert.deepEqual(more, []);
  });

  it("is said where a node starts a guest before what it needs, with the commands that put it right", () => {
    const [first, ...more] = texts(
      [{ vmid: 340 }, { vmid: 440, startOrder: 7 }, { vmid: 540, startOrder: 1 }].slice(0, 2),
    );
    assert.equal(first, undefined);
    assert.deepEqual(more, []);
    assert.deepEqual(texts([{ vmid: 340, startOrder: 2 }, { vmid: 440 }]), [
      'guest vm:340 "nextcloud": it needs identity, and tappaas1 starts it before that; ' +
        "`qm set 440 --startup order=2; qm set 340 --startup order=3` on the node puts them in order",
    ]);
  });

  it("begins with what others need: one that nothing starts is said, where one that needs it starts by itself", () => {
    const off = { vmid: 440, onBoot: false as const };
    assert.deepEqual(texts([{ vmid: 340 }, off]), [
      'guest vm:440 "identity": nothing starts it when tappaas1 starts, and nextcloud, which start by themselves, need it; ' +
        "`qm set 440 --onboot 1` on the node lets it start",
    ]);
    const watched = [{ kind: "resource" as const, id: "vm:440", state: "started" }];
    assert.deepEqual(texts([{ vmid: 340 }, off], { highAvailability: { complete: true, items: watched } }), []);
    assert.deepEqual(texts([{ vmid: 340 }, off], { highAvailability: { complete: false, items: [] } }), []);
    assert.deepEqual(texts([{ vmid: 340, onBoot: false }, off]), []);
    assert.deepEqual(texts([{ vmid: 340 }]), []);
  });

  it("goes by VMID where PVE does: among guests of one order, and among those of none", () => {
    assert.equal(texts([{ vmid: 340 }, { vmid: 440 }]).length, 1);
    assert.equal(
      texts([
        { vmid: 340, startOrder: 3 },
        { vmid: 440, startOrder: 3 },
      ]).length,
      1,
    );
    assert.deepEqual(
      texts([
        { vmid: 340, startOrder: 3 },
        { vmid: 440, startOrder: 2 },
      ]),
      [],
    );
  });

  it("is nobody's where PVE does not start them, HA does, or another node does", () => {
    const other = { vmid: 440, node: "tappaas2" };
    assert.deepEqual(texts([{ vmid: 340 }, other]), []);
    const items = [{ kind: "resource" as const, id: "vm:440", state: "started" }];
    assert.deepEqual(texts([{ vmid: 340 }, { vmid: 440 }], { highAvailability: { complete: true, items } }), []);
    assert.deepEqual(startupFindings(CHAIN, undefined), []);
  });
});
