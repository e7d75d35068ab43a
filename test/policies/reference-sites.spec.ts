import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { configurationOf, type RuleConfiguration } from "../../commands/site/rule-configuration";
import { type AnySettings } from "../../estate/any-settings";
import { parseBucketStackSettings } from "../../estate/bucket-stack-settings";
import { parseDrHostSettings } from "../../estate/dr-host-settings";
import { estateOf } from "../../estate/estate";
import { type Inventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import { parseSettings, type Settings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { vaultOf } from "../../estate/vault";
import { parseVaultSettings } from "../../estate/vault-settings";
import { RULES } from "../../policies/rules";
import { declareBucket } from "../../stacks/bucket";
import { declareDrHost } from "../../stacks/dr-host";
import { declareVault } from "../../stacks/vault";
import { writtenMachine } from "../estate/site";
import { declaredRegistrations } from "../stacks/declared";
import { mockPulumi, settled, type Registrations } from "../support/mocks";
import { ask } from "./judge";

const REPOSITORY = join(__dirname, "../..");
const NOW = "2026-11-20T04:00:00Z";
const NOTHING_DECIDED = { adoptions: [], acceptances: [] };
const ID = "0123456789abcdef".repeat(2);
const FINGERPRINT = "0e".repeat(32);

/** How the backup server of a site can come to be. */
const SERVERS: Readonly<Record<string, object>> = {
  "as written": {},
  "made in a machine": { backupServer: { address: "10.0.0.12", machine: writtenMachine } },
};

/** Copies of others here and of this site elsewhere, and a tunnel with a login before some of its names. */
const EVERYTHING = {
  tunnel: {
    ...{ accountId: ID, zones: { "example.org": ID }, connectors: [611, 612], behindAccess: [610] },
    ...{ access: { emails: ["me@example.org"] }, failover: { services: [340], address: "dr.example.net" } },
  },
  peers: {
    oak: {
      ...{ address: "10.8.0.1", fingerprint: FINGERPRINT, datastore: "tappaas_backup", authId: "home@pbs!pull" },
      into: { datastore: "oak-copies", path: "/tankc1/oak-copies" },
    },
  },
  hosted: {
    provider: { place: "a provider", address: "backup.example.org", datastore: "customer", authId: "me@pbs!push" },
  },
};

function written(stack: string): Record<string, unknown> {
  const file = parse(readFileSync(join(REPOSITORY, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, Record<string, unknown>>;
  };
  return { ...file.config["tappaas-resilience:settings"] };
}

/** What mandatory rules say of a whole stack as it reaches the engine, told what the site's files say. */
function saidOf(stack: string, registrations: Registrations, settings: AnySettings): string[] {
  const { site } = settings;
  const told = configurationOf({ siteFolder: join(REPOSITORY, site), settings }, NOW);
  return brokenBy(stack, registrations, told);
}

function brokenBy(stack: string, registrations: Registrations, told: RuleConfiguration): string[] {
  const urnOf = (type: string, name: string) => ({ urn: `${stack}/${type}::${name}` });
  const all = registrations.everything.map(({ type, name }) => {
    const request = registrations.requestOf(name, type);
    const declared = (urns: readonly string[]) => urns.map((urn) => urnOf(...typeAndName(urn)));
    return {
      ...{ type, name, ...urnOf(type, name) },
      props: plain(registrations.ofType(type)[name] ?? {}),
      opts: { ...registrations.optionsOf(name, type), deleteBeforeReplace: request.getDeletebeforereplace() },
      dependencies: declared(request.getDependenciesList()),
      propertyDependencies: {},
    };
  });
  const mandatory = RULES.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
  return mandatory.flatMap((rule) => {
    const said: string[] = [];
    ask(rule, all, (told[rule.name] ?? {}) as RuleConfiguration, (message) => {
      said.push(`${rule.name}: ${message}`);
    });
    return said;
  });
}

/** `urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>`. */
function typeAndName(urn: string): readonly [string, string] {
  const [, , types = "", name = ""] = urn.split("::");
  return [types.split("$").at(-1) ?? "", name];
}

/** Inputs without the marks of secrets, as a policy reads them. */
function plain(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && "value" in one && SECRET in one ? one.value : one,
  );
  return JSON.parse(text) as Record<string, unknown>;
}

const SECRET = "4dabf18193072939515e22adb298388d";

async function siteOf(
  stack: string,
  more: object,
  changed: (inventory: Inventory) => Inventory = (inventory) => inventory,
): Promise<{ readonly registrations: Registrations; readonly settings: Settings }> {
  const settings = valueOf(parseSettings({ ...written(stack), ...more }), stack);
  const { inventory, observation } = valueOf(readSiteFolder(join(REPOSITORY, settings.site)), stack);
  const estate = valueOf(estateOf({ inventory: changed(inventory), settings, observation }), stack);
  const registrations = await declaredRegistrations(settings, estate, NOW);
  return { registrations, settings };
}

/** Two guests for connectors, a service for everybody, and the login of the site's own behind Access. */
function withWayIn(inventory: Inventory): Inventory {
  const [model] = inventory.guests;
  assert.ok(model !== undefined);
  const usual = { ...model, kind: "vm" as const, ha: undefined, zone: "dmz" };
  const connectors = [611, 612].map((vmid, at) => ({
    ...usual,
    ...{ vmid, name: `connector${vmid}`, node: `tappaas${at + 1}`, source: `connector${vmid}.json` },
  }));
  const proxy = (name: string, internet: boolean) => ({ port: 80, name: `${name}.example.org`, internet, tls: false });
  const others = inventory.guests.filter(({ vmid }) => ![340, 611, 612].includes(vmid));
  const named = others.map((guest) => ({ ...guest, proxy: guest.vmid === 610 ? proxy("vault", false) : undefined }));
  const files = {
    ...usual,
    vmid: 340,
    name: "files",
    zone: "srvHome",
    source: "files.json",
    proxy: proxy("files", true),
  };
  const guests = [...named, ...connectors, files].map(({ proxy: own, ...guest }) =>
    own === undefined ? guest : { ...guest, proxy: own },
  );
  return { ...inventory, guests };
}

describe("the reference sites", () => {
  for (const stack of ["single-node", "three-node"]) {
    for (const [how, server] of Object.entries(SERVERS)) {
      it(`keep every mandatory rule on ${stack}, with a backup server ${how}`, async () => {
        const { registrations, settings } = await siteOf(stack, server);
        assert.ok(registrations.everything.length > 30);
        assert.deepEqual(saidOf(`${stack} ${how}`, registrations, settings), []);
      });
    }
  }

  it("keep every mandatory rule with copies of others, copies elsewhere and a tunnel", async () => {
    const { registrations, settings } = await siteOf("three-node", EVERYTHING, withWayIn);
    const there = new Set(registrations.everything.map(({ type }) => type));
    for (const type of ["resilience:pbs:SyncJob", "resilience:pbs:PushJob", "resilience:pve:TunnelConnector"])
      assert.ok(there.has(type), type);
    assert.ok([...there].filter((type) => type.startsWith("cloudflare:")).length >= 7);
    const homes = { 611: "tappaas1", 612: "tappaas2" };
    const told = {
      ...configurationOf({ siteFolder: join(REPOSITORY, settings.site), settings }, NOW),
      "tunnel-connectors-apart": { nodes: Object.keys(settings.nodes), homes },
    };
    assert.deepEqual(brokenBy("everything", registrations, told), []);
    const beside = { ...told["tunnel-connectors-apart"], homes: { 611: "tappaas1", 612: "tappaas1" } };
    const cable = { guests: [110], nodes: ["tappaas1"] };
    const said = brokenBy("moved", registrations, {
      ...{ ...told, "tunnel-connectors-apart": beside, "failover-follows-the-cable": cable },
    });
    assert.deepEqual(
      said.map((line) => line.split(":")[0]),
      ["failover-follows-the-cable", "tunnel-connectors-apart"],
    );
  });

  it("keep every mandatory rule where copies are kept, and hold no key there", async () => {
    const registrations = await mockPulumi();
    const settings = valueOf(parseVaultSettings(written("offsite")), "offsite");
    declareVault({
      ...{ role: "vault", vault: valueOf(vaultOf(settings), "vault"), decisions: NOTHING_DECIDED },
      ...{ pbsToken: pulumi.secret("OWN"), readers: { home: pulumi.secret("READER") }, buckets: {} },
      ...{ sshPrivateKey: undefined, reportOnly: false },
    });
    await settled();
    assert.ok(registrations.everything.some(({ type }) => type === "resilience:pbs:SyncJob"));
    assert.deepEqual(saidOf("offsite", registrations, settings), []);
  });

  it("keep every mandatory rule where guests serve on somebody else's node", async () => {
    const registrations = await mockPulumi();
    const settings = valueOf(parseDrHostSettings(written("dr-host")), "dr-host");
    const serving = { of: "vm:140", guest: "vm:3140", name: "dr-identity", node: "oak1" };
    declareDrHost({
      ...{ role: "dr-host", settings, decisions: NOTHING_DECIDED, keyFingerprint: FINGERPRINT, reportOnly: false },
      serving: { version: 1, home: "single-node", guests: [serving] } as never,
      ...{ pveApiToken: pulumi.secret("OWN"), nightlySecret: pulumi.secret("NIGHTLY"), rebuild: undefined },
      ...{ machine: undefined, awsSecretKey: undefined },
      keyFiles: { file: "keys/backup-key.age", identityFile: "keys/identity.txt" },
    });
    await settled();
    assert.ok(registrations.everything.some(({ type }) => type === "resilience:pve:BackupJob"));
    assert.deepEqual(saidOf("dr-host", registrations, settings), []);
  });

  it("keep every mandatory rule where a bucket is made", async () => {
    const registrations = await mockPulumi();
    const settings = valueOf(parseBucketStackSettings(written("bucket")), "bucket");
    declareBucket({ role: "bucket", settings, secretKey: undefined });
    await settled();
    assert.ok(registrations.everything.some(({ type }) => type === "aws:s3/bucket:Bucket"));
    assert.deepEqual(saidOf("bucket", registrations, settings), []);
  });
});
