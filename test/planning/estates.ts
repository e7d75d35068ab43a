import fc from "fast-check";

import { estateOf, type Estate } from "../../estate/estate";
import { parseInventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import { parseSettings } from "../../estate/settings";
import { type Model } from "../../planning/model";
import { PUBLISHED_RATES, type Measurement, type RateName } from "../../planning/rates";
import { modelOf } from "../../planning/site-model";
import { writtenSettings } from "../estate/site";

/** A guest of a generated site, in the words of `inventory.json`. */
export interface WrittenGuest {
  readonly vmid: number;
  readonly kind: "vm" | "ct";
  readonly name: string;
  readonly node: string;
  readonly storage: string;
  readonly disk?: string;
  readonly dependsOn?: readonly string[];
}

export function guest(vmid: number, changes: Partial<WrittenGuest> = {}): WrittenGuest {
  return { vmid, kind: "vm", name: `g${vmid}`, node: "tappaas1", storage: "tanka1", disk: "32 GiB", ...changes };
}

export function nodesNamed(...names: readonly string[]) {
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      { api: `https://10.0.0.${10 + index}:8006`, ssh: { host: `10.0.0.${10 + index}`, hostKey: "ssh-ed25519 AAAA" } },
    ]),
  );
}

export function mirrorOn(node: string, name = "tanka1") {
  return { node, name, raidlevel: "mirror", disks: [`${node}-${name}-1`, `${node}-${name}-2`] };
}

/** The estate of guests on some nodes with a mirror each, the backup server in a machine of its own. */
export function estateWith(guests: readonly WrittenGuest[], settings: Record<string, unknown> = {}): Estate {
  const inventory = valueOf(parseInventory({ guests }, "inventory.json"), "inventory");
  const nodes = [...new Set(["tappaas1", ...guests.map(({ node }) => node)])];
  const written = { ...writtenSettings, nodes: nodesNamed(...nodes), pools: nodes.map((node) => mirrorOn(node)) };
  return valueOf(
    estateOf({ inventory, settings: valueOf(parseSettings({ ...written, ...settings }), "settings") }),
    "estate",
  );
}

/** Sites of 1 to 12 guests on 1 to 3 nodes, each guest depending on some before it. */
export const anyEstate: fc.Arbitrary<Estate> = fc
  .array(
    fc.record({
      node: fc.constantFrom("tappaas1", "tappaas2", "tappaas3"),
      gibibytes: fc.integer({ min: 1, max: 2000 }),
      needs: fc.array(fc.nat({ max: 11 }), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn) =>
    estateWith(
      drawn.map(({ node, gibibytes, needs }, index) =>
        guest(101 + index, {
          node,
          disk: `${gibibytes} GiB`,
          dependsOn: needs.filter((need) => need < index).map((need) => `g${101 + need}:x`),
        }),
      ),
    ),
  );

export const anyModel: fc.Arbitrary<Model> = anyEstate.map((estate) => modelOf(estate));

/** Measurements up to a thousand times away from what was published, in either direction. */
export const anyMeasurements: fc.Arbitrary<Measurement[]> = fc.array(
  fc
    .record({
      rate: fc.constantFrom(...(Object.keys(PUBLISHED_RATES) as RateName[])),
      factor: fc.double({ min: 0.001, max: 1000, noNaN: true }),
    })
    .map(({ rate, factor }) => ({
      rate,
      value: Math.max(PUBLISHED_RATES[rate].expected * factor, 1e-6),
      measuredOn: "2026-11-21",
      how: "generated",
    })),
  { maxLength: 8 },
);

export function measured(rate: RateName, value: number): Measurement {
  return { rate, value, measuredOn: "2026-11-21", how: "a test" };
}
