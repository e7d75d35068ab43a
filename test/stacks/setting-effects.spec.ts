import { strict as assert } from "node:assert";

import { settingPaths } from "../../commands/schema/settings-schema";
import { estateOf } from "../../estate/estate";
import { SETTING_EFFECTS, type SettingEffect } from "../../estate/setting-effects";
import { parseSettings } from "../../estate/settings";
import { objectOf, OBJECTS } from "../../provider/objects/registry";
import {
  inventoryOf,
  identity,
  lines,
  module,
  observationWith,
  seenPool,
  threeNodes,
  writtenMachine,
} from "../estate/site";
import { type Registrations } from "../support/mocks";
import { declaredRegistrations } from "./declared";

const FINGERPRINT = "0e".repeat(32);
const OTHER_FINGERPRINT = "1f".repeat(32);
const PEM = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

/** Settings in which every setting has a value. */
const WRITTEN = {
  site: "sites/home",
  nodes: {
    tappaas1: {
      api: "https://10.0.0.10:8006",
      ssh: { host: "10.0.0.10", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" },
    },
  },
  pools: [{ node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] }],
  backupServer: {
    address: "backup.mgmt.internal",
    fingerprint: FINGERPRINT,
    datastore: { name: "tappaas_backup", path: "/tankc1/tappaas_backup" },
  },
  backup: {
    storage: "tappaas_backup",
    jobId: "nightly",
    retention: { keepLast: 3, keepHourly: 3, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 100 },
    exclude: {},
  },
  caCertificate: PEM("AAAA"),
  key: { fingerprint: FINGERPRINT },
};

/** The same where the program makes the backup server. */
const WITH_MACHINE = {
  ...WRITTEN,
  nodes: { ...WRITTEN.nodes, tappaas2: { ...WRITTEN.nodes.tappaas1, api: "https://10.0.0.11:8006" } },
  backupServer: {
    address: "10.0.0.12",
    machine: writtenMachine,
  },
};

/** The same on two nodes, with a third vote. */
const WITH_DEVICE = {
  ...WRITTEN,
  nodes: WITH_MACHINE.nodes,
  quorumDevice: { address: "10.0.0.40", hostKey: "ssh-ed25519 AAAA" },
};

/** The same where it makes one on a node itself. */
const WITH_SERVER_ON_NODE = {
  ...WITH_MACHINE,
  backupServer: { ...WRITTEN.backupServer, address: "10.0.0.10", onNode: "tappaas1" },
};

/** The same with three nodes, to one of which identity fails over. */
const WITH_FAILOVER = {
  ...WRITTEN,
  nodes: Object.fromEntries(
    [1, 2, 3].map((number) => [
      `tappaas${number}`,
      { ...WRITTEN.nodes.tappaas1, api: `https://10.0.0.${9 + number}:8006` },
    ]),
  ),
  pools: [1, 2, 3].map((number) => ({ ...WRITTEN.pools[0], node: `tappaas${number}` })),
  cluster: { shutdownPolicy: "migrate", migrationNetwork: "10.0.1.0/24", replicationNetwork: "10.0.2.0/24" },
};

const CLOUDFLARE_ID = "0123456789abcdef".repeat(2);

/** The same on three nodes, with a tunnel. */
const WITH_TUNNEL = {
  ...WITH_FAILOVER,
  tunnel: {
    accountId: CLOUDFLARE_ID,
    zones: { "example.org": CLOUDFLARE_ID },
    connectors: [711],
    behindAccess: [721],
    access: { emails: ["me@example.org"], emailDomains: ["example.org"] },
    exclude: { "723": "a funnel" },
    failover: { address: "dr.example.net", services: [724] },
    alerts: { emails: ["me@example.org"] },
  },
};

/** The same where the program writes the order in which guests start. */
const WITH_ORDER = { ...WRITTEN, startup: { ordered: true } };

/** The same with a copy at another place. */
const WITH_OFFSITE = {
  ...WRITTEN,
  backup: { ...WRITTEN.backup, readers: ["vault@pbs", "other@pbs"] },
  location: { country: "BE", city: "Gent", building: "Veldstraat 1" },
  offsite: {
    vault: {
      ...{ kind: "vault", place: "my sister's house", reader: "vault@pbs" },
      location: { country: "DE", city: "Aachen", building: "Markt 1" },
    },
  },
};

/** The same that keeps copies of a peer. */
const WITH_PEER = {
  ...WRITTEN,
  backupServer: { ...WRITTEN.backupServer, ssh: WRITTEN.nodes.tappaas1.ssh },
  peers: {
    bob: {
      ...{ address: "10.8.0.1", fingerprint: "0e".repeat(32), datastore: "tappaas_backup", authId: "alice@pbs!pull" },
      into: { datastore: "bob-copies", path: "/tankc1/bob-copies", quota: "2 TiB", snapshotDays: 14 },
    },
  },
};

/** The same that keeps them in a bucket. */
const WITH_PEER_BUCKET = {
  ...WRITTEN,
  peers: {
    bob: {
      ...WITH_PEER.peers.bob,
      into: {
        ...{ datastore: "bob-copies", path: "/tankc1/bob-cache" },
        bucket: { endpoint: "{{bucket}}.s3.amazonaws.com", region: "eu-central-1", name: "one", accessKey: "AK1" },
      },
    },
  },
};

/** The same in one that this site may not delete from. */
const WITH_PEER_APPEND_ONLY = {
  ...WRITTEN,
  peers: {
    bob: {
      ...WITH_PEER_BUCKET.peers.bob,
      into: { ...WITH_PEER_BUCKET.peers.bob.into, mode: "append-only" },
    },
  },
};

/** The same that sends backups to a provider. */
const WITH_HOSTED = {
  ...WRITTEN,
  hosted: {
    provider: {
      ...{ place: "a provider", address: "backup.example.org", datastore: "customer", authId: "me@pbs!push" },
    },
  },
};

/** The same with a guard against two sites that serve at once. */
const WITH_GUARD = {
  ...WRITTEN,
  returnGuard: {
    ...{ prepared: ["140"], outside: ["620"], probes: ["https://cloud.example.org/"] },
    servers: {
      peer: {
        ...{ address: "192.0.2.31", fingerprint: FINGERPRINT, datastore: "lent", namespace: "record" },
        ...{ reader: "home@pbs!reads", writer: "home@pbs!writes" },
      },
    },
    dns: { name: "_return.example.org", zoneId: "e".repeat(32) },
  },
};

/** The same with a link to another place. */
const WITH_LINK = {
  ...WRITTEN,
  backupServer: { ...WRITTEN.backupServer, ssh: WRITTEN.nodes.tappaas1.ssh },
  links: {
    vault: {
      ...{ address: "10.255.0.1", listenPort: 51820, serves: true },
      peer: { publicKey: `${"A".repeat(43)}=`, address: "10.255.0.2" },
    },
  },
};

/** The same with somebody to call. */
const WITH_CONTACT = { ...WRITTEN, contacts: [{ name: "Bo", reach: "+31 20 555 0199", onCall: true }] };

/** The same with a copy in a bucket that its own backup server may delete. */
const WITH_BUCKET = {
  ...WRITTEN,
  offsite: {
    bucket: {
      ...{ kind: "s3", place: "AWS, Frankfurt", mode: "ordinary" },
      bucket: {
        endpoint: "{{bucket}}.s3.{{region}}.amazonaws.com",
        region: "eu-central-1",
        name: "one",
        accessKey: "AK1",
      },
      into: { datastore: "s3-copies", path: "/tankc1/s3-cache" },
      jobs: {
        verifySchedule: "14:00",
        retention: { keepLast: 3, keepHourly: 3, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 100 },
      },
    },
  },
};

/** The same with one that it may not. */
const WITH_APPEND_ONLY = { ...WRITTEN, offsite: { bucket: { ...WITH_BUCKET.offsite.bucket, mode: "append-only" } } };

/** Another value for each setting, as an owner might come to write it. */
const OTHERWISE: Readonly<Record<string, unknown>> = {
  role: "another",
  site: "sites/elsewhere",
  "nodes.*.api": "https://10.0.0.99:8006",
  "nodes.*.ssh.host": "10.0.0.99",
  "nodes.*.ssh.port": 2222,
  "nodes.*.ssh.user": "admin",
  "nodes.*.ssh.hostKey": "ssh-ed25519 BBBB",
  "pools[].node": "tappaas2",
  "pools[].name": "tanka2",
  "pools[].raidlevel": "raidz",
  "pools[].disks": ["ata-one", "ata-three"],
  "pools[].purpose": "bulk",
  "backupServer.address": "10.0.0.12",
  "backupServer.port": 8008,
  "backupServer.fingerprint": OTHER_FINGERPRINT,
  "backupServer.country": "NL",
  "backupServer.datastore.name": "other_store",
  "backupServer.datastore.path": "/tankc1/elsewhere",
  "backupServer.user": "other@pbs",
  "backupServer.tokenName": "other",
  "backupServer.tokenRotation": "2026-11-26T10:15:00Z",
  "backupServer.onNode": "tappaas2",
  "backupServer.machine.node": "tappaas2",
  "backupServer.machine.vmid": 133,
  "backupServer.machine.dataVmid": 134,
  "backupServer.machine.systemStorage": "tankb1",
  "backupServer.machine.dataStorage": "tankc1",
  "backupServer.machine.dataSize": "4 TiB",
  "backupServer.machine.memory": "16 GiB",
  "backupServer.machine.cores": 4,
  "backupServer.machine.prefix": 16,
  "backupServer.machine.gateway": "10.0.0.2",
  "backupServer.machine.nameServers": ["10.0.0.3"],
  "backupServer.machine.bridge": "vmbr1",
  "backupServer.machine.vlan": 30,
  "backupServer.machine.image.url": "https://example.org/two.qcow2",
  "backupServer.machine.image.sha512": "cd".repeat(64),
  "backupServer.machine.timeZone": "Europe/Oslo",
  "backup.storage": "other_storage",
  "backup.jobId": "other-job",
  "backup.schedule": "22:00",
  "backup.buckets.*": "monthly",
  "backup.weeklySchedule": "sat 21:00",
  "backup.monthlySchedule": "*-*-02 21:00",
  "backup.configurations.*": ["/etc/wiki"],
  "backup.configurationTime": "19:45",
  "backup.pruneSchedule": "05:00",
  "backup.garbageCollection": "06:00",
  "backup.verifySchedule": "07:00",
  "backup.reverifyAfter": 14,
  "backup.retention.keepLast": 4,
  "backup.retention.keepHourly": 4,
  "backup.retention.keepDaily": 14,
  "backup.retention.keepWeekly": 8,
  "backup.retention.keepMonthly": 24,
  "backup.retention.keepYearly": 50,
  "backup.readers": ["vault@pbs"],
  "location.country": "NL",
  "location.city": "Utrecht",
  "location.building": "Oudegracht 1",
  "backupServer.ssh.host": "10.0.0.99",
  "backupServer.ssh.port": 2222,
  "backupServer.ssh.user": "admin",
  "backupServer.ssh.hostKey": "ssh-ed25519 BBBB",
  "links.*.interface": "wg-other",
  "links.*.address": "10.255.0.3",
  "links.*.listenPort": 51821,
  "links.*.peer.publicKey": `${"B".repeat(42)}A=`,
  "links.*.peer.address": "10.255.0.4",
  "links.*.peer.endpoint": "vault.example.org:51820",
  "links.*.serves": false,
  "hosted.*.place": "another provider",
  "hosted.*.address": "other.example.org",
  "hosted.*.port": 8008,
  "hosted.*.fingerprint": OTHER_FINGERPRINT,
  "hosted.*.authId": "other@pbs!push",
  "hosted.*.datastore": "other",
  "hosted.*.namespace": "mine",
  "hosted.*.schedule": "05:30",
  "hosted.*.groups": ["group:vm/140"],
  "hosted.*.rateOut": "10 MB",
  "hosted.*.lookedAt": "2026-11-01",
  "hosted.*.verified": true,
  "hosted.*.retention.keepLast": 4,
  "hosted.*.retention.keepHourly": 4,
  "hosted.*.retention.keepDaily": 14,
  "hosted.*.retention.keepWeekly": 8,
  "hosted.*.retention.keepMonthly": 24,
  "hosted.*.retention.keepYearly": 50,
  "peers.*.address": "10.8.0.2",
  "peers.*.port": 8008,
  "peers.*.fingerprint": OTHER_FINGERPRINT,
  "peers.*.authId": "other@pbs!pull",
  "peers.*.datastore": "other_store",
  "peers.*.namespace": "site",
  "peers.*.into.datastore": "other-copies",
  "peers.*.into.path": "/tankc1/other-copies",
  "peers.*.into.quota": "3 TiB",
  "peers.*.into.snapshotDays": 7,
  "peers.*.into.bucket.endpoint": "s3.example.org",
  "peers.*.into.bucket.port": 9000,
  "peers.*.into.bucket.region": "eu-west-1",
  "peers.*.into.bucket.fingerprint": OTHER_FINGERPRINT,
  "peers.*.into.bucket.name": "two",
  "peers.*.into.bucket.accessKey": "AK2",
  "peers.*.into.bucket.quirks": ["skip-if-none-match-header"],
  "peers.*.into.mode": "ordinary",
  "peers.*.into.undeleteDays": 60,
  "peers.*.into.reattach": "backup",
  "peers.*.into.formerKey": "AK0",
  "peers.*.schedule": "05:30",
  "peers.*.pruneSchedule": "10:30",
  "peers.*.garbageCollection": "11:30",
  "peers.*.verifySchedule": "13:30",
  "peers.*.retention.keepLast": 4,
  "peers.*.retention.keepHourly": 4,
  "peers.*.retention.keepDaily": 14,
  "peers.*.retention.keepWeekly": 8,
  "peers.*.retention.keepMonthly": 24,
  "peers.*.retention.keepYearly": 50,
  "peers.*.groups": ["group:vm/140"],
  "peers.*.limit": "2 TiB",
  "peers.*.rateIn": "10 MB",
  "peers.*.workerThreads": 4,
  "offsite.*.location.country": "NL",
  "offsite.*.location.city": "Utrecht",
  "offsite.*.location.building": "Oudegracht 1",
  "offsite.*.kind": "peer",
  "offsite.*.place": "the cabin",
  "offsite.*.reader": "other@pbs",
  "offsite.*.sameBuilding": true,
  "offsite.*.loginAtHome": true,
  "offsite.*.schedule": "06:00",
  "offsite.*.retention.keepLast": 4,
  "offsite.*.retention.keepHourly": 4,
  "offsite.*.retention.keepDaily": 14,
  "offsite.*.retention.keepWeekly": 8,
  "offsite.*.retention.keepMonthly": 24,
  "offsite.*.retention.keepYearly": 50,
  "offsite.*.verified": false,
  "offsite.*.bucket.endpoint": "s3.example.org",
  "offsite.*.bucket.port": 9000,
  "offsite.*.bucket.region": "eu-west-1",
  "offsite.*.bucket.fingerprint": OTHER_FINGERPRINT,
  "offsite.*.bucket.name": "two",
  "offsite.*.bucket.accessKey": "AK2",
  "offsite.*.bucket.quirks": ["skip-if-none-match-header"],
  "offsite.*.into.datastore": "other-copies",
  "offsite.*.into.path": "/tankc1/elsewhere",
  "offsite.*.mode": "ordinary",
  "offsite.*.undeleteDays": 60,
  "offsite.*.reattach": "backup",
  "offsite.*.formerKey": "AKIA0",
  "offsite.*.jobs.schedule": "07:00",
  "offsite.*.jobs.pruneSchedule": "11:30",
  "offsite.*.jobs.garbageCollection": "12:30",
  "offsite.*.jobs.verifySchedule": "16:00",
  "offsite.*.jobs.retention.keepLast": 4,
  "offsite.*.jobs.retention.keepHourly": 4,
  "offsite.*.jobs.retention.keepDaily": 14,
  "offsite.*.jobs.retention.keepWeekly": 8,
  "offsite.*.jobs.retention.keepMonthly": 24,
  "offsite.*.jobs.retention.keepYearly": 50,
  "backup.exclude.*": "made anew from its recipe",
  "alerts.form": "ntfy",
  "failover.rpo": "2 hours",
  "failover.replicationInterval": "10 minutes",
  "failover.replicationRun": "10 minutes",
  "failover.firstSyncLimit": "5 hours",
  "cluster.shutdownPolicy": "freeze",
  "cluster.migrationNetwork": "10.0.9.0/24",
  "cluster.replicationNetwork": "10.0.9.0/24",
  "quorumDevice.address": "10.0.0.41",
  "quorumDevice.hostKey": "ssh-ed25519 BBBB",
  "tunnel.accountId": "f".repeat(32),
  "tunnel.zones.*": "f".repeat(32),
  "tunnel.name": "home",
  "tunnel.connectors": [711, 712],
  "tunnel.behindAccess": [721, 722],
  "tunnel.access.emails": ["you@example.org"],
  "tunnel.access.emailDomains": ["example.net"],
  "tunnel.alerts.emails": ["you@example.org"],
  "tunnel.alerts.webhook": true,
  "tunnel.exclude.*": "a port of the firewall",
  "tunnel.failover.address": "198.51.100.7",
  "tunnel.failover.path": "/status",
  "tunnel.failover.expectedCodes": "200",
  "tunnel.failover.services": [724, 725],
  "tunnel.otherWayIn": "WireGuard on the firewall",
  "tunnel.api": "https://127.0.0.1/client/v4",
  "drill.bridge": "drill",
  "returnGuard.prepared": ["140", "640"],
  "returnGuard.outside": ["640"],
  "returnGuard.limit": "5 minutes",
  "returnGuard.validFor": "20 days",
  "returnGuard.probes": ["https://files.example.org/"],
  "returnGuard.servers.*.address": "192.0.2.32",
  "returnGuard.servers.*.port": 8008,
  "returnGuard.servers.*.fingerprint": OTHER_FINGERPRINT,
  "returnGuard.servers.*.datastore": "other",
  "returnGuard.servers.*.namespace": "other",
  "returnGuard.servers.*.reader": "home@pbs!looks",
  "returnGuard.servers.*.writer": "home@pbs!notes",
  "returnGuard.dns.name": "_other.example.org",
  "returnGuard.dns.zoneId": "f".repeat(32),
  "returnGuard.dns.resolver": "https://9.9.9.9/dns-query",
  "returnGuard.dns.api": "https://127.0.0.1/client/v4",
  "wan.bridge": "vmbr1",
  "wan.nodes": ["tappaas1"],
  "startup.ordered": true,
  "startup.pause": "2 minutes",
  ...Object.fromEntries(
    ["essential", "standard", "deferrable", "guests.*", "disasters"].flatMap((whose) => [
      [`targets.${whose}.rto`, "2 hours"],
      [`targets.${whose}.rpo`, "3 hours"],
    ]),
  ),
  "contacts[].name": "Ana",
  "contacts[].reach": "+31 20 555 0100",
  "contacts[].onCall": false,
  caCertificate: PEM("BBBB"),
  "state.backend": "file:///srv/elsewhere",
  "state.copies": ["file:///mnt/stick"],
  "key.fingerprint": OTHER_FINGERPRINT,
  "key.masterPublicKey": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
  "key.file": "keys/other.age",
  "key.identityFile": "keys/other.txt",
};

/** Fields of what others serve that cannot change in place. Sources: bpg 0.112, fwprovider/storage; Cloudflare's provider 5.22. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  "proxmoxve:storage/zfspool:Zfspool": ["resourceId", "zfsPool"],
  "command:remote:Command": ["triggers"],
  "proxmoxve:index/vmLegacy:VmLegacy": ["vmId"],
  "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": ["accountId", "configSrc"],
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig": ["accountId", "tunnelId"],
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": ["accountId", "zoneId"],
  "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy": ["accountId"],
  "cloudflare:index/dnsRecord:DnsRecord": ["zoneId", "type"],
  "cloudflare:index/loadBalancer:LoadBalancer": ["zoneId"],
  "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor": ["accountId"],
  "cloudflare:index/loadBalancerPool:LoadBalancerPool": ["accountId"],
  "cloudflare:index/notificationPolicy:NotificationPolicy": ["accountId"],
  "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks": ["accountId"],
};

/** A site as it was declared: each resource by type and name, with its inputs and whether the engine refuses to delete it. */
type Declared = ReadonlyMap<string, { readonly type: string; readonly inputs: unknown; readonly kept: boolean }>;

/** Names a setting whose effect is declared differently from what declaring the site shows. */
describe("what changing a setting does", () => {
  const paths = settingPaths();

  it("is declared for every setting, and for none that is not there", () => {
    const cure =
      "declare it in estate/setting-effects.ts, and another value for it in test/stacks/setting-effects.spec.ts";
    assert.deepEqual(Object.keys(SETTING_EFFECTS).sort(), [...paths].sort(), cure);
    assert.deepEqual(Object.keys(OTHERWISE).sort(), [...paths].sort(), cure);
  });

  it("is never that something is replaced", () => {
    const replacing = Object.entries(SETTING_EFFECTS).filter(([, { effect }]) => effect === "replace");
    assert.deepEqual(replacing, []);
  });

  for (const path of paths) {
    it(`is for ${path} what the owner is told`, async () => {
      const written = writtenFor(path);
      const before = await declaredOnce(written);
      assert.ok(typeof before !== "string", "the settings of this test are refused");
      const seen = effectOf(before, await declared(changed(written, path, OTHERWISE[path])));
      const { effect, of } = SETTING_EFFECTS[path] ?? { effect: "none", of: [] };
      assert.deepEqual(seen, { effect, of: [...of].sort() });
    });
  }
});

function writtenFor(path: string) {
  if (path.startsWith("backupServer.machine")) return WITH_MACHINE;
  if (path === "backupServer.onNode") return WITH_SERVER_ON_NODE;
  if (path.startsWith("quorumDevice")) return WITH_DEVICE;
  if (path.startsWith("tunnel")) return WITH_TUNNEL;
  if (path === "offsite.*.mode") return WITH_APPEND_ONLY;
  if (/^offsite\.\*\.(?:(?:bucket|into|jobs)\.|(?:undeleteDays|reattach|formerKey)$)/.test(path)) return WITH_BUCKET;
  if (path.startsWith("contacts")) return WITH_CONTACT;
  if (/^(?:offsite|location)\./.test(path)) return WITH_OFFSITE;
  if (path === "peers.*.into.mode") return WITH_PEER_APPEND_ONLY;
  if (/^peers\.\*\.into\.(?:bucket\.|undeleteDays|reattach|formerKey)/.test(path)) return WITH_PEER_BUCKET;
  if (path.startsWith("peers.")) return WITH_PEER;
  if (path.startsWith("hosted.")) return WITH_HOSTED;
  if (/^(?:links|backupServer\.ssh)\./.test(path)) return WITH_LINK;
  if (path.startsWith("returnGuard.")) return WITH_GUARD;
  if (path === "startup.pause") return WITH_ORDER;
  return /^(?:failover|cluster)\./.test(path) ? WITH_FAILOVER : WRITTEN;
}

/** The sites of which a setting changes, each declared once. */
const SITES = new Map<object, ReturnType<typeof declared>>();

function declaredOnce(written: object): ReturnType<typeof declared> {
  const site = SITES.get(written) ?? declared(written);
  SITES.set(written, site);
  return site;
}

/** The site of these settings as it reaches the engine, or why it does not. */
async function declared(written: unknown): Promise<Declared | string> {
  const settings = parseSettings(written);
  if (!settings.ok) return lines(settings).join("; ");
  const pools = settings.value.pools.map(({ node }) => ({ ...seenPool, node }));
  const guests = [
    140,
    620,
    640,
    650,
    ...(settings.value.tunnel === undefined ? [] : [711, 712, 721, 722, 723, 724, 725]),
  ].map((vmid) => ({
    vmid,
    kind: "vm" as const,
    node: vmid === 712 ? "tappaas2" : "tappaas1",
    name: "",
    disks: [],
  }));
  const observation = observationWith({
    pools: { complete: true, items: pools.length > 1 ? pools : [seenPool] },
    guests: { complete: true, items: guests },
  });
  const three = Object.keys(settings.value.nodes).length > 2;
  const modules = [
    module("identity", identity),
    module("wiki", { vmid: 620 }),
    module("archive", { vmid: 640, dependsOn: ["wiki:pages"], backup: { schedule: "weekly" } }),
    module("library", { vmid: 650, backup: { schedule: "monthly" } }),
  ];
  const connector = (vmid: number, node: string) => module(`c${vmid}`, { vmid, node, zone0: "dmz" });
  const published = (vmid: number, more: object = {}) => {
    const proxy = { proxyPort: 80, proxyDomain: `s${vmid}.example.org`, dependsOn: ["network:proxy"] };
    return module(`s${vmid}`, { vmid, ...proxy, ...more });
  };
  const inside = (vmid: number) => published(vmid);
  const open = (vmid: number) => published(vmid, { proxyAllowedZones: ["internet"] });
  if (settings.value.tunnel !== undefined)
    modules.push(
      connector(711, "tappaas1"),
      connector(712, "tappaas2"),
      ...[721, 722, 723].map(inside),
      ...[724, 725].map(open),
    );
  const inventory = inventoryOf(modules, three ? threeNodes : undefined);
  const estate = estateOf({ inventory, settings: settings.value, observation });
  if (!estate.ok) return lines(estate).join("; ");
  const registrations = await declaredRegistrations(settings.value, estate.value, observation.takenAt);
  return resourcesOf(registrations);
}

function resourcesOf(registrations: Registrations): Declared {
  const custom = registrations.everything.filter(({ type }) => !type.startsWith("tappaas:"));
  return new Map(
    custom.map(({ type, name }) => {
      const { protect, ignoreChanges } = registrations.optionsOf(name, type);
      const all = registrations.ofType(type)[name] ?? {};
      const inputs = Object.fromEntries(Object.entries(all).filter(([field]) => !ignoreChanges.includes(field)));
      return [`${type}::${name}`, { type, inputs, kept: protect }];
    }),
  );
}

/** What the engine would plan. */
function effectOf(before: Declared, after: Declared | string): Omit<SettingEffect, "note"> {
  if (typeof after === "string") return { effect: "refused", of: [] };
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, resource]) => resource);
  // The engine refuses the whole plan when one thing in it is protected.
  const added = [...after].filter(([key]) => !before.has(key)).map(([, resource]) => resource);
  if (gone.length > 0) return { effect: gone.some(({ kept }) => kept) ? "refused" : "replace", of: typesOf(gone) };
  const changes = [...before].flatMap(([key, { type, inputs, kept }]) => {
    const fields = differing(inputs, after.get(key)?.inputs);
    return fields.length === 0 ? [] : [{ type, fields, kept }];
  });
  const fixed = changes.filter(({ type, fields }) => fields.some((field) => field in fixedOf(type)));
  if (fixed.length > 0) return { effect: "refused", of: typesOf(fixed) };
  const replaced = changes.filter(({ type, fields }) => fields.some((field) => REPLACING[type]?.includes(field)));
  if (replaced.length > 0)
    return { effect: replaced.some(({ kept }) => kept) ? "refused" : "replace", of: typesOf(replaced) };
  const touched = [...changes, ...added];
  return { effect: touched.length > 0 ? "update" : "none", of: typesOf(touched) };
}

function fixedOf(type: string): Readonly<Record<string, string>> {
  return OBJECTS.some(({ token }) => token === type) ? objectOf(type).fixed : {};
}

function typesOf(resources: readonly { readonly type: string }[]): string[] {
  return [...new Set(resources.map(({ type }) => type))].sort();
}

function differing(a: unknown, b: unknown): string[] {
  const [one, two] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const fields = new Set([...Object.keys(one), ...Object.keys(two)]);
  return [...fields].filter((field) => JSON.stringify(one[field]) !== JSON.stringify(two[field]));
}

/** `written` with another value at `path`: `*` is the first key, `[]` every item. */
function changed(written: unknown, path: string, value: unknown): unknown {
  return changedAt(written, path.replaceAll("[]", ".[]").split("."), value);
}

function changedAt(written: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (head === "[]") return (written as unknown[]).map((item) => changedAt(item, rest, value));
  const object = (written ?? {}) as Record<string, unknown>;
  const key = head === "*" ? (Object.keys(object)[0] ?? "620") : head;
  return { ...object, [key]: changedAt(object[key], rest, value) };
}
