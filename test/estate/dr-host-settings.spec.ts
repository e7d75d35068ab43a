import { strict as assert } from "node:assert";

import { parseDrHostSettings } from "../../estate/dr-host-settings";
import { problemsOf } from "../../estate/problem";
import { readAnyStackFile } from "../../commands/stack-file";
import { writtenDrHost } from "../planning/host/settings";

const wrong = (changes: object) =>
  problemsOf(parseDrHostSettings(writtenDrHost(changes)))
    .map(({ path, expected }) => `${path}: ${expected}`)
    .join("\n");

describe("Settings of a stack on somebody else's node", () => {
  it("are read from the reference file, which accepts no exposure by itself", () => {
    const settings = readAnyStackFile("Pulumi.dr-host.yaml");
    assert.equal(settings.role, "dr-host");
    assert.equal("exposure" in settings, false);
  });

  it("take an acceptance only with somebody, a reason and a last day", () => {
    assert.match(wrong({ exposure: { who: "me", why: "fire" } }), /exposure\.until: a day/);
    assert.match(wrong({ exposure: { who: "me", until: "2027-01-31" } }), /exposure\.why: a text/);
    assert.equal(wrong({ exposure: { who: "me", why: "fire", until: "2027-01-31" } }), "");
  });

  it("refuse the nightly backups the place of home's own, whose groups may bear the same numbers", () => {
    const place = { address: "192.0.2.31", datastore: "lent", namespace: "dr-home", authId: "home@pbs!dr" };
    assert.match(wrong({ backups: place }), /nightly\.namespace: another place than that of home's backups/);
    assert.equal(wrong({ backups: { ...place, namespace: "home" } }), "");
  });

  it("know networks by bridge and VLAN", () => {
    assert.equal(wrong({ networks: { lan: "dr0", "lan/210": "none" } }), "");
    assert.match(wrong({ networks: { lan: "lan/4095" } }), /networks\.lan: a network such as/);
    assert.match(wrong({ networks: { "lan 210": "dr0" } }), /networks: a network such as/);
  });

  it("add something to every number", () => {
    assert.match(wrong({ guests: { offset: 0 } }), /guests\.offset: a whole number from 1/);
  });
});
