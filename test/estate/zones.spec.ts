import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { parseTappaas } from "../../estate/tappaas-inventory";
import { configuration, lines, module, settingsWith } from "./site";

const ZONES = {
  _comment: "written by hand",
  srvHome: { state: "Active", vlantag: 210 },
  mgmt: { state: "Manual" },
  dmz: { state: "Mandatory" },
  srv: { state: "Inactive" },
  iotUntrust: { state: "Disabled" },
};

describe("a guest's network zone", () => {
  function said(guests: Readonly<Record<string, string | undefined>>, zones: object | "none" = ZONES): string[] {
    const modules = Object.entries(guests).map(([name, zone0], at) => {
      return module(name, { vmid: 600 + at, ...(zone0 !== undefined && { zone0 }) });
    });
    const inventory = parseTappaas(configuration, modules, zones === "none" ? {} : { zones });
    assert.ok(inventory.ok, lines(inventory).join());
    const estate = estateOf({ inventory: inventory.value, settings: settingsWith() });
    assert.ok(estate.ok, lines(estate).join());
    return estate.value.findings
      .filter(({ path }) => path.startsWith("zone "))
      .map((one) => `${one.path}: ${one.advice}`);
  }

  it("is said when it has no network, with every guest in it", () => {
    const [untrusted = "", srv = "", ...more] = said({ nextcloud: "srv", coturn: "srv", camera: "iotUntrust" });
    assert.match(srv, /^zone srv: zones.json says Inactive, and vm:600 nextcloud, vm:601 coturn are in it/);
    assert.match(untrusted, /^zone iotUntrust: zones.json says Disabled, and vm:602 camera is in it/);
    assert.deepEqual(more, []);
  });

  it("is said when there is no such zone", () => {
    assert.match(said({ wiki: "srvHmoe" })[0] ?? "", /^zone srvHmoe: zones.json has no such zone/);
  });

  it("is not spoken of where it works, or where nobody says what zones there are", () => {
    assert.deepEqual(said({ wiki: "srvHome", identity: "mgmt", web: "dmz", other: undefined }), []);
    assert.deepEqual(said({ nextcloud: "srv" }, "none"), []);
  });

  it("is not guessed from a file that is none", () => {
    const read = parseTappaas(configuration, [module("wiki", { vmid: 620 })], { zones: "not JSON: {" });
    assert.match(lines(read).join(), /zones\.json: expected .*not JSON/);
  });
});
