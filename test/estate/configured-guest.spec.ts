import { strict as assert } from "node:assert";

import { configuredGuestProblems, configuredGuestsOf } from "../../estate/configured-guest";
import { inventoryOf, module, settingsWith } from "./site";

const control = module("tappaas-cicd", { vmid: 130 });
const wiki = module("wiki", { vmid: 620 });
const container = module("dns", { vmid: 630, dependsOn: ["cluster:lxc"] });
const CONTROL = { vmid: 130, name: "tappaas-cicd", directories: ["/home/tappaas/config", "/etc/secrets"] };

const guestsOf = (configurations: Record<string, unknown>) =>
  configuredGuestsOf(settingsWith({ backup: { configurations } }), inventoryOf([control, wiki]));

describe("what is kept of guests file by file", () => {
  it("is the control VM's configuration and secrets, without being asked, where TAPPaaS has one", () => {
    assert.deepEqual(guestsOf({}), [CONTROL]);
    assert.deepEqual(configuredGuestsOf(settingsWith({}), inventoryOf([wiki])), []);
  });

  it("is what the settings name besides, under the guest's name", () => {
    assert.deepEqual(guestsOf({ "620": ["/etc/wiki"] }), [
      CONTROL,
      { vmid: 620, name: "wiki", directories: ["/etc/wiki"] },
    ]);
  });

  it("is of a guest what the settings say of it, and nothing where they say nothing", () => {
    assert.deepEqual(guestsOf({ "130": ["/srv/config"] }), [{ ...CONTROL, directories: ["/srv/config"] }]);
    assert.deepEqual(guestsOf({ "130": [] }), []);
  });

  it("cannot be of a guest that is not there, or of a container", () => {
    const settings = settingsWith({
      backup: { configurations: { "630": ["/etc"], "640": ["/etc"], "620": ["/etc/wiki"] } },
    });
    const problems = configuredGuestProblems(settings, inventoryOf([control, wiki, container]));
    assert.deepEqual(
      problems.map(({ path, got }) => [path, got]),
      [
        ["backup.configurations.630", "a container"],
        ["backup.configurations.640", undefined],
      ],
    );
  });
});
