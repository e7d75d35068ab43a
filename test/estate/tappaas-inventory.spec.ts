import { strict as assert } from "node:assert";

import { parseTappaas } from "../../estate/tappaas-inventory";
import { configuration, identity, inventoryOf, lines, module, threeNodes } from "./site";

describe("a TAPPaaS inventory", () => {
  it("is the same whether a module is flat or nests its fields by service", () => {
    const { memory, diskSize, ...rest } = identity;
    const nested = { ...rest, config: { "cluster:vm": { memory, diskSize } } };

    assert.deepEqual(inventoryOf([module("identity", nested)]), inventoryOf([module("identity", identity)]));
  });

  it("reads numbers written as text, and fills in what TAPPaaS fills in", () => {
    const [guest] = inventoryOf([module("identity", { ...identity, vmid: "140" })]).guests;

    assert.deepEqual(guest, {
      vmid: 140,
      kind: "vm",
      name: "identity",
      node: "tappaas1",
      storage: "tanka1",
      cores: 2,
      memory: "4 GiB",
      disk: "32 GiB",
      zone: "mgmt",
      class: "foundation",
      variant: undefined,
      dependsOn: ["cluster:vm", "cluster:ha", "backup:vm"],
      backup: { covered: true, because: "foundation" },
      ha: undefined,
      source: "modules/identity.json",
    });
  });

  it("knows a container by what it depends on", () => {
    const [guest] = inventoryOf([module("vllm-amd", { vmid: 312, dependsOn: ["cluster:lxc"] })]).guests;

    assert.equal(guest?.kind, "ct");
  });

  it("lets through what it does not use: the files belong to TAPPaaS", () => {
    const file = module("identity", {
      ...identity,
      natRules: [],
      config: { "firewall:proxy": { proxyPort: 9000, memory: "x" } },
    });

    assert.equal(inventoryOf([file]).guests.length, 1);
  });

  it("has no guest for the backup server, whether or not it carries a VMID", () => {
    const backup = {
      vmid: 200,
      imageType: "apt",
      dependsOn: ["cluster:vm"],
      storage: "tankc1",
      pbsStorageName: "oak_backup",
    };
    const inventory = inventoryOf([module("backup", backup)]);

    assert.deepEqual(inventory.guests, []);
    assert.deepEqual(inventory.backup, { datastore: "oak_backup", pool: "tankc1", node: undefined });
  });

  describe("and its backups", () => {
    const app = { vmid: 340, dependsOn: ["cluster:vm"] };
    const coverage = (...files: ReturnType<typeof module>[]) => inventoryOf(files).guests.at(-1)?.backup;

    it("cover a guest that nobody spoke for: silence is no reason to lose data", () => {
      assert.deepEqual(coverage(module("nextcloud", app)), { covered: true, because: "default" });
    });

    it("leave out a guest whose owner switched its backup off, and say so", () => {
      assert.deepEqual(coverage(module("nextcloud", { ...app, backup: { enabled: false } })), {
        covered: false,
        reason: "modules/nextcloud.json sets backup.enabled to false",
      });
    });

    it("cover foundation guests even then", () => {
      const off = { ...identity, backup: { enabled: false } };

      assert.deepEqual(coverage(module("identity", off)), { covered: true, because: "foundation" });
    });

    it("cover what the backup module always wants, even then", () => {
      const backup = { imageType: "apt", alwaysBackup: ["nextcloud"] };
      const files = [module("backup", backup), module("nextcloud", { ...app, backup: { enabled: false } })];

      assert.deepEqual(coverage(...files), { covered: true, because: "always" });
    });
  });

  describe("and failover", () => {
    const failover = (changes: Record<string, unknown>, site = threeNodes) =>
      inventoryOf([module("identity", { ...identity, ...changes })], site).guests[0]?.ha;

    it("goes to the first other node unless the module names one", () => {
      assert.deepEqual(failover({}), { failoverNode: "tappaas2", replicationSchedule: "*/15" });
      assert.deepEqual(failover({ HANode: "tappaas3" })?.failoverNode, "tappaas3");
      assert.deepEqual(failover({ node: "tappaas2" })?.failoverNode, "tappaas1");
    });

    it("is none where the site has one node, and where the module says NONE", () => {
      assert.equal(failover({}, configuration), undefined);
      assert.equal(failover({ HANode: "NONE" }), undefined);
    });
  });

  const wrong: readonly { title: string; files: ReturnType<typeof module>[]; expected: RegExp }[] = [
    {
      title: "two guests with one VMID, naming both files",
      files: [module("a", { vmid: 912 }), module("b", { vmid: "912" })],
      expected: /^- modules\/b\.json: vmid: expected a VMID of its own, for modules\/a\.json has it, got 912; give/,
    },
    {
      title: "a VMID in no range of TAPPaaS",
      files: [module("a", { vmid: 1000 })],
      expected: /^- modules\/a\.json: vmid: expected a VMID in 100-200, .*, got 1000; take a number/,
    },
    {
      title: "a foundation guest outside the range that is always backed up",
      files: [module("a", { vmid: 340, vmtag: "TAPPaaS,Foundation" })],
      expected: /expected 100-200 for a guest tagged Foundation, got 340/,
    },
    {
      title: "a guest module without a VMID: no backup would find it",
      files: [module("a", { dependsOn: ["cluster:vm"] })],
      expected: /^- modules\/a\.json: vmid: expected a VMID, for the module depends on a guest, got nothing; set it/,
    },
    {
      title: "a node that the site does not have",
      files: [module("a", { vmid: 340, node: "tappaas7" })],
      expected: /node: expected one of the nodes tappaas1, got "tappaas7"/,
    },
    {
      title: "one field said twice and differently",
      files: [module("a", { vmid: 340, storage: "tanka1", config: { "cluster:vm": { storage: "tankb1" } } })],
      expected: /^- modules\/a\.json: config\.cluster:vm\.storage: expected one value for it/,
    },
    {
      title: "an always-backup name that no module has",
      files: [module("backup", { imageType: "apt", alwaysBackup: ["firewal"] })],
      expected: /^- modules\/backup\.json: alwaysBackup: expected names of modules in this site, got "firewal"; add/,
    },
    {
      title: "a disk size that PVE would not take",
      files: [module("a", { vmid: 340, diskSize: "32 GB" })],
      expected: /diskSize: expected a disk size such as "32G", got "32 GB"; correct it/,
    },
    {
      title: "a config that holds no services",
      files: [module("a", { vmid: 340, config: "none" })],
      expected: /^- modules\/a\.json: config: expected an object, got "none"; correct it/,
    },
    {
      title: "a file that holds no module",
      files: [module("a", "nonsense" as unknown as Record<string, unknown>)],
      expected: /^- modules\/a\.json: expected an object, got "nonsense"; correct it/,
    },
  ];
  for (const { title, files, expected } of wrong) {
    it(`refuses ${title}`, () => {
      const found = lines(parseTappaas(configuration, files));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", expected);
    });
  }

  it("refuses a failover to the guest's own node", () => {
    const found = lines(parseTappaas(threeNodes, [module("identity", { ...identity, HANode: "tappaas1" })]));

    assert.deepEqual(found.length, 1);
    assert.match(found[0] ?? "", /HANode: expected a failover node other than the guest's own, got "tappaas1"/);
  });

  it("refuses a copy for a variant that the site does not have", () => {
    const found = lines(parseTappaas(threeNodes, [module("identity", { ...identity, variant: "guests" })]));

    assert.deepEqual(found, [
      '- modules/identity.json: variant: expected a variant of configuration.json, got "guests"; add it there or correct it',
    ]);
  });

  it("names what is wrong in all files at once", () => {
    const files = [module("a", { vmid: 1 }), module("b", { vmid: 340, cores: "many" })];
    const found = lines(parseTappaas({ file: "configuration.json", json: {} }, files));

    assert.deepEqual(
      found.map((line) => /^- (\S+): (\S+):/.exec(line)?.slice(1)),
      [
        ["configuration.json", "tappaas"],
        ["configuration.json", "tappaas-nodes"],
        ["modules/a.json", "vmid"],
        ["modules/b.json", "cores"],
      ],
    );
  });
});
