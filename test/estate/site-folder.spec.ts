import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { parse } from "yaml";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { parseSettings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { configuration, identity, lines, observationWith, settingsWith } from "./site";

interface Stack {
  readonly config: Record<string, unknown>;
}

const SINGLE_NODE = resolve(__dirname, "../../sites/single-node");

describe("a site's folder", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "site-"));
    mkdirSync(join(folder, "modules"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(file: string, json: unknown): void {
    writeFileSync(join(folder, file), typeof json === "string" ? json : JSON.stringify(json));
  }

  it("of the reference site backs up every guest of it", () => {
    const { inventory, decisions } = valueOf(readSiteFolder(SINGLE_NODE), "sites/single-node");
    const { backup, storages } = valueOf(estateOf({ inventory, settings: settingsWith() }), "estate");

    assert.deepEqual(
      backup.guests.map(({ vmid, kind, name, storage }) => [vmid, kind, name, storage]),
      [
        [110, "vm", "firewall", "tanka1"],
        [130, "vm", "tappaas-cicd", "tanka1"],
        [140, "vm", "identity", "tanka1"],
        [312, "ct", "vllm-amd", "tanka1"],
        [610, "vm", "vaultwarden", "tanka1"],
      ],
    );
    assert.deepEqual(backup.excluded, []);
    assert.deepEqual(
      storages.map(({ storage }) => storage),
      ["tanka1"],
    );
    assert.deepEqual(decisions, { adoptions: [], acceptances: [] });
  });

  it("of the three-node site gives each important service a node that takes over, and the firewall one with a WAN cable", () => {
    const stack = parse(readFileSync(resolve(__dirname, "../../Pulumi.three-node.yaml"), "utf8")) as Stack;
    const settings = valueOf(parseSettings(stack.config["tappaas-resilience:settings"]), "settings");
    const { inventory } = valueOf(readSiteFolder(resolve(__dirname, "../..", settings.site)), settings.site);
    const { guests, backup } = valueOf(estateOf({ inventory, settings }), "estate");

    assert.deepEqual(
      guests.flatMap(({ vmid, node, ha }) => (ha === undefined ? [] : [[vmid, node, ha.failoverNode]])),
      [
        [110, "tappaas1", "tappaas3"],
        [130, "tappaas1", "tappaas2"],
        [140, "tappaas1", "tappaas2"],
        [610, "tappaas1", "tappaas2"],
        [800, "tappaas1", "tappaas2"],
      ],
    );
    assert.equal(guests.length, 16);
    assert.deepEqual(backup.excluded, []);
  });

  it("is read with what was seen and what its owner decided", () => {
    const acceptance = { object: "pbs:PruneJob/x", change: "shorten-retention", who: "the owner", why: "disk is full" };
    write("configuration.json", configuration.json);
    write("modules/identity.json", identity);
    write("modules/identity.meta.json", { gpu: true });
    write("observed.json", observationWith());
    write("adoptions.json", ["pbs:Datastore/tappaas_backup"]);
    write("acceptances.json", [acceptance]);

    const { inventory, observation, decisions } = valueOf(readSiteFolder(folder), "site");
    assert.deepEqual(
      inventory.guests.map(({ vmid }) => vmid),
      [140],
    );
    assert.equal(observation?.takenAt, "2026-11-20T04:00:00Z");
    assert.deepEqual(decisions, { adoptions: ["pbs:Datastore/tappaas_backup"], acceptances: [acceptance] });
  });

  it("without TAPPaaS holds a list of guests", () => {
    write("inventory.json", { guests: [{ vmid: 101, kind: "vm", name: "mail", node: "pve1", storage: "local-zfs" }] });

    const { inventory, observation } = valueOf(readSiteFolder(folder), "site");
    assert.deepEqual([inventory.guests[0]?.name, inventory.nodes, observation], ["mail", undefined, undefined]);
  });

  it("names what is wrong in all its files at once, and takes no unreadable file for an absent one", () => {
    write("configuration.json", configuration.json);
    write("modules/identity.json", "{ vmid: 140");
    write("observed.json", "");
    write("adoptions.json", {});
    write("acceptances.json", [{ object: "pbs:PruneJob/x", change: "shorten-retention", who: "the owner" }]);

    assert.deepEqual(
      lines(readSiteFolder(folder)).map((line) => line.slice(2, line.indexOf(": expected"))),
      ["modules/identity.json", "observed.json", "adoptions.json", "acceptances.json: [0].why"],
    );
  });

  it("that is empty says what belongs in it", () => {
    assert.match(
      lines(readSiteFolder(folder))[0] ?? "",
      /expected TAPPaaS' configuration\.json with modules\/, inventory\.json, or an observation, .*make observe/,
    );
  });

  it("without any list of guests takes those that were seen, templates aside, and backs all of them up", () => {
    const disk = { slot: "scsi0", storage: "local-zfs", volume: "vm-101-disk-0", size: 34_359_738_368, backup: true };
    const mail = {
      vmid: 101,
      kind: "vm" as const,
      node: "pve1",
      name: "mail",
      disks: [disk],
      cores: 2,
      memory: 4_294_967_296,
    };
    const template = {
      vmid: 9000,
      kind: "vm" as const,
      node: "pve1",
      name: "debian",
      disks: [],
      template: true as const,
    };
    write("observed.json", observationWith({ guests: { complete: true, items: [mail, template] } }));
    const { inventory } = valueOf(readSiteFolder(folder), folder);
    assert.deepEqual(
      inventory.guests.map(({ vmid, name, storage, memory, disk: size, backup }) => [
        vmid,
        name,
        storage,
        memory,
        size,
        backup.covered,
      ]),
      [[101, "mail", "local-zfs", "4 GiB", "32 GiB", true]],
    );
  });
});
