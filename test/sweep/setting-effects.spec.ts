import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";

import { parse, stringify } from "yaml";

import { planOf, type Plan } from "../../commands/engine/plan";
import { DATA_BEARING, harmOf } from "../../commands/site/harm";
import { SETTING_EFFECTS } from "../../estate/setting-effects";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { forgetLabSite, freshLabSite, onSite, up } from "../engine/support/lab-site";

/** Another value for a setting, at its place on this site. */
type Variation = readonly [place: string, value: unknown];

/** The reference site of one node: for each effect and type of resource a setting that has it. */
const ONE_NODE: Readonly<Record<string, Variation>> = {
  "nodes.*.ssh.user": ["nodes.tappaas1.ssh.user", "admin"],
  "pools[].name": ["pools.0.name", "tanka2"],
  "pools[].disks": ["pools.0.disks", ["ata-LAB_SSD_480G_S1A0001", "wwn-0x5002538e40a0b0c2"]],
  "backupServer.datastore.name": ["backupServer.datastore.name", "other_store"],
  "backupServer.datastore.path": ["backupServer.datastore.path", "/tankc1/elsewhere"],
  "backupServer.user": ["backupServer.user", "other@pbs"],
  "backupServer.tokenName": ["backupServer.tokenName", "other"],
  "backupServer.tokenRotation": ["backupServer.tokenRotation", "2026-11-26T10:15:00Z"],
  "backup.storage": ["backup.storage", "other_storage"],
  "backup.jobId": ["backup.jobId", "other-job"],
  "backup.schedule": ["backup.schedule", "22:00"],
  "backup.pruneSchedule": ["backup.pruneSchedule", "05:30"],
  "backup.garbageCollection": ["backup.garbageCollection", "06:30"],
  "backup.verifySchedule": ["backup.verifySchedule", "07:30"],
  "backup.readers": ["backup.readers", ["vault@pbs"]],
  "startup.pause": ["startup.pause", "2 minutes"],
  "key.file": ["key.file", "keys/other.age"],
};

/** The one of three nodes, for what one node does not have. */
const THREE_NODES: Readonly<Record<string, Variation>> = {
  "failover.replicationInterval": ["failover.replicationInterval", "10 minutes"],
  "failover.firstSyncLimit": ["failover.firstSyncLimit", "5 hours"],
  "failover.rpo": ["failover.rpo", "2 hours"],
  "cluster.shutdownPolicy": ["cluster.shutdownPolicy", "migrate"],
};

/** What the cluster's settings say at first, so that there is something to change. */
const CLUSTER: Variation = ["cluster", { shutdownPolicy: "freeze" }];

/** The same of the order in which guests start. */
const STARTUP: Variation = ["startup", { ordered: true }];

/** What a setting may do with what it acts on: change it in place, and add to it. */
const HARMLESS = new Set(["create", "update"]);

/** Effects that no preview of these two sites can show, and where else the engine shows them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "update resilience:pve:NotificationTarget": "test/lab/alerts.spec.ts: a site that is told in another form",
  "update resilience:pbs:NotificationTarget": "test/lab/alerts.spec.ts: a site that is told in another form",
  "update pulumi:providers:proxmoxve": "test/sweep/upgrade.spec.ts: a node that is reached at another address",
  "update resilience:pve:PbsStorage": "test/sweep/guards.spec.ts: the key that somebody took off is put back in place",
  "update proxmoxve:index/vmLegacy:VmLegacy": "only a site whose backup server the program made has that machine",
  ...Object.fromEntries(
    ["update resilience:pbs:Remote", "update resilience:pbs:SyncJob", "refused resilience:pbs:SyncJob"].map(
      (effect) => [effect, "only a site that keeps copies of a peer has it"],
    ),
  ),
  "update resilience:pbs:PushJob": "only a site that sends backups to a provider has it",
  "refused resilience:pbs:PushJob": "only a site that sends backups to a provider has it",
  ...Object.fromEntries(
    [
      "update cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
      "update cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
      "update cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication",
      "update cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy",
      "update cloudflare:index/dnsRecord:DnsRecord",
      "update cloudflare:index/loadBalancer:LoadBalancer",
      "update cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor",
      "update cloudflare:index/loadBalancerPool:LoadBalancerPool",
      "update cloudflare:index/notificationPolicy:NotificationPolicy",
      "update cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks",
      "refused cloudflare:index/notificationPolicy:NotificationPolicy",
      "update resilience:pve:TunnelConnector",
      "update pulumi:providers:cloudflare",
      "refused cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor",
      "refused cloudflare:index/loadBalancerPool:LoadBalancerPool",
      "refused cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
      "refused cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
      "refused cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication",
      "refused cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy",
    ].map((effect) => [effect, "only a site with a tunnel has it"]),
  ),
  ...Object.fromEntries(
    ["S3Datastore", "S3Endpoint", "SyncJob"].flatMap((object) =>
      ["update", "refused"].map((effect) => [`${effect} resilience:pbs:${object}`, "only a site with a bucket has it"]),
    ),
  ),
  "update resilience:pbs:ServerBootstrap": "only a site whose backup server the program made has it",
  "refused proxmoxve:index/vmLegacy:VmLegacy": "only a site whose backup server the program made has that machine",
  "refused proxmoxve:download/file:File": "only a site whose backup server the program made has its image",
  "refused resilience:pbs:ServerBootstrap": "only a site whose backup server the program made has it",
  "refused command:remote:Command": "only a site whose backup server the program made has its script",
};

describe("a setting that changes on a site that is up", () => {
  it("is tried for every effect on every type of resource", () => {
    const tried = new Set([...Object.keys(ONE_NODE), ...Object.keys(THREE_NODES)].flatMap(effectsOf));
    const declared = [...new Set(Object.keys(SETTING_EFFECTS).flatMap(effectsOf))];
    const left = declared.filter((effect) => !tried.has(effect) && ELSEWHERE[effect] === undefined);
    assert.deepEqual(left, [], "add a setting that has this effect to this file");
  });

  onSiteOf("one node", "sweep-settings", ONE_NODE, async () => {
    const site = await freshLabSite("sweep-settings", "127.0.63");
    writeSetting(site, STARTUP);
    return site;
  });
  onSiteOf("three nodes", "sweep-settings-three", THREE_NODES, async () => {
    const site = await freshLabSite("sweep-settings-three", "127.0.64", referenceStanding("three-node"));
    writeSetting(site, CLUSTER);
    return site;
  });
});

/** Each effect with the type on which it acts: `update resilience:pve:BackupJob`. */
function effectsOf(path: string): string[] {
  const { effect, of } = SETTING_EFFECTS[path] ?? assert.fail(`${path} is no setting`);
  return of.length === 0 ? [effect] : of.map((type) => `${effect} ${type}`);
}

function onSiteOf(
  what: string,
  name: string,
  variations: Readonly<Record<string, Variation>>,
  start: () => Promise<LabSite>,
): void {
  describe(`on ${what}`, () => {
    let site: LabSite;

    before(async () => {
      site = await start();
      assert.equal(await observeLabSite(site, true), 0);
      await up(site);
    });

    after(() => {
      forgetLabSite(name);
    });

    for (const [path, variation] of Object.entries(variations)) {
      it(`does for ${path} what its owner is told, and takes nothing away`, async () => {
        const { effect, of } = SETTING_EFFECTS[path] ?? assert.fail(`${path} is no setting`);
        const plan = await planWith(site, variation);
        if (effect === "refused") {
          assertRefused(plan);
          return;
        }
        assert.deepEqual(plan.errors, []);
        const { ops, types } = changesIn(plan);
        assert.deepEqual(types, [...of].sort());
        assert.deepEqual(
          ops.filter((op) => !HARMLESS.has(op)),
          [],
        );
      });
    }
  });
}

/** What the engine plans for the site's settings with another value in them; the settings are put back. */
async function planWith(site: LabSite, variation: Variation): Promise<Plan> {
  const before = readFileSync(site.places.stackFile, "utf8");
  writeSetting(site, variation);
  try {
    return planOf(await onSite(site, "preview", "--json"));
  } finally {
    writeFileSync(site.places.stackFile, before);
  }
}

function writeSetting({ places: { stackFile } }: LabSite, [place, value]: Variation): void {
  const file = parse(readFileSync(stackFile, "utf8")) as { config: Record<string, unknown> };
  const key = "tappaas-resilience:settings";
  const config = { ...file.config, [key]: changed(file.config[key], place.split("."), value) };
  // In quotes: what looks like a moment, or like a number, is another type to the engine.
  writeFileSync(stackFile, stringify({ ...file, config }, { defaultStringType: "QUOTE_DOUBLE" }));
}

/** A plan that `make up` goes no further with, and whose reason is the program's or the guard's, not a breakdown. */
function assertRefused(plan: Plan): void {
  const reasons = [...harmOf(plan.steps).map(({ text }) => text), ...plan.errors];
  assert.match(reasons.join("\n"), /never replaced|is protected|is invalid|would be (?:deleted|replaced)/);
  const taken = plan.steps.filter(({ op, type }) => /delete|replace/.test(op) && type in DATA_BEARING);
  assert.ok(!plan.complete || taken.length > 0, "the preview was let through");
}

function changesIn({ steps }: Plan): { ops: string[]; types: string[] } {
  const changes = steps
    .filter(({ op }) => !["same", "read", "refresh"].includes(op))
    .filter(({ type }) => !type.startsWith("tappaas:"));
  const each = (values: readonly string[]) => [...new Set(values)].sort();
  return { ops: each(changes.map(({ op }) => op)), types: each(changes.map(({ type }) => type)) };
}

function changed(part: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(part))
    return part.map((item: unknown, at): unknown => (at === Number(head) ? changed(item, rest, value) : item));
  const object = (part ?? {}) as Record<string, unknown>;
  return { ...object, [head]: changed(object[head], rest, value) };
}
