import { strict as assert } from "node:assert";

import { manifestLines, type Manifest } from "../../../commands/bundle/manifest";
import { startHere } from "../../../commands/bundle/texts";

const MADE: Manifest = {
  ...{ version: 1, stack: "home", madeAt: "2026-11-28T12:00:00Z", platform: "linux-x64", commit: "a".repeat(40) },
  ...{ node: "24.9.0", pulumi: "3.259.0", plugins: ["proxmoxve 8.6.0"], settingsFile: "Pulumi.home.yaml", missing: [] },
};
const said = (more: Partial<Manifest>) =>
  manifestLines({ ...MADE, ...more }, __filename, new Date("2026-11-30T12:00:00Z")).join("\n");

describe("what a bundle says of itself", () => {
  it("is its age, what is missing with the cure, and what is in none", () => {
    assert.match(said({}), /made 2 days ago[\s\S]*Nothing is missing that it can hold/);
    assert.match(said({ missing: ["the plugin command: pulumi plugin install"] }), /MISSING: the plugin command/);
    assert.match(said({}), /never in it: the escrow sheet/);
  });

  it("is that the state was left out on purpose, which is no fault, and how to go on without", () => {
    assert.match(said({ withoutState: true }), /without the state, as it was asked for\n {2}Nothing is missing/);
    const without = startHere({ ...MADE, withoutState: true }, "bundle.tar");
    assert.match(without, /pulumi stack init home[\s\S]*the next run finds what is on the site and adopts it/);
    assert.match(without, /a tunnel\s+at Cloudflare, is known from a copy of the state alone/);
    assert.match(
      startHere({ ...MADE, state: "x.state.age" }, "bundle.tar"),
      /state restore --from \.\.\/state\/x\.state\.age/,
    );
  });
});
