import { bucketPlaceEffects } from "./bucket-effects";
import { copySourceEffects } from "./copy-source-effects";
import { HOSTED_EFFECTS } from "./hosted-effects";
import { RETURN_GUARD_EFFECTS } from "./return-guard-effects";
import { LINK_EFFECTS } from "./link-effects";

/**
 * What a site that is up does when a setting changes: `none` changes nothing on it, `update` changes objects in place, `replace`
 * makes an object anew, `refused` stops the preview.
 */
export type Effect = "none" | "update" | "replace" | "refused";

/** What changing one setting does. */
export interface SettingEffect {
  /** The kind of change. */
  readonly effect: Effect;
  /** Types of the resources on which it acts; empty where the estate already says no. */
  readonly of: readonly string[];
  /** What an owner should know besides, as a sentence. */
  readonly note?: string;
}

const PROVIDERS = ["pulumi:providers:proxmoxve", "pulumi:providers:resilience"];
const OWN_PROVIDER = ["pulumi:providers:resilience"];
const DATASTORE = "resilience:pbs:Datastore";
const PRUNE = "resilience:pbs:PruneJob";
const S3_DATASTORE = "resilience:pbs:S3Datastore";
const SYNC = "resilience:pbs:SyncJob";
const VERIFY = "resilience:pbs:VerifyJob";
const STORAGE = "resilience:pve:PbsStorage";
const TIMER = "command:remote:Command";
const REPLICATION = "resilience:pve:Replication";
const FIRST_SYNC = "resilience:pve:FirstSync";
const CLUSTER_OPTIONS = "resilience:pve:ClusterOptions";
const STARTUP = "resilience:pve:StartupOrder";
const JOB = "resilience:pve:BackupJob";
const LOAD_BALANCER = "cloudflare:index/loadBalancer:LoadBalancer";
const LOAD_BALANCER_MONITOR = "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor";
const LOAD_BALANCER_POOL = "cloudflare:index/loadBalancerPool:LoadBalancerPool";
const TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared";
const TUNNEL_CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";
const NOTIFICATION_POLICY = "cloudflare:index/notificationPolicy:NotificationPolicy";
const NOTIFICATION_WEBHOOK = "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks";
const ACCESS_POLICY = "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy";
const ACCESS_APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const DNS_RECORD = "cloudflare:index/dnsRecord:DnsRecord";

/** A pool's script that has run does not run again for them; a node's timer is set up again, so that the new way is tried. */
const shell: SettingEffect = {
  effect: "update",
  of: ["command:remote:Command"],
  note: "The node's timer is set up again, as it was; pools are not touched.",
};

const VM = "proxmoxve:index/vmLegacy:VmLegacy";
const BOOTSTRAP = "resilience:pbs:ServerBootstrap";

const machine: SettingEffect = { effect: "update", of: [VM], note: "The machine takes it up at its next start." };

const onceMade: SettingEffect = { effect: "none", of: [], note: "It counts when the machine is made." };

const keeping: SettingEffect = {
  effect: "update",
  of: [PRUNE],
  note: "Keeping less takes an acceptance; the preview lists the snapshots that would go.",
};

const promise: SettingEffect = {
  effect: "none",
  of: [],
  note: "What is written and cannot be held fails `make report` and `make preview`.",
};

const described: SettingEffect = {
  effect: "none",
  of: [],
  note: "It describes what another stack has; only reports and findings change.",
};

const printed: SettingEffect = { effect: "none", of: [], note: "Only the runbook changes: print it anew." };

const pool: SettingEffect = {
  effect: "refused",
  of: [],
  note: "A pool is never rebuilt, renamed or moved from here. Write what exists.",
};

/**
 * Effect of every setting, by its path. No setting replaces or deletes anything: `test/stacks/setting-effects.spec.ts` declares
 * the site with each of them changed and holds what the engine would get against this table.
 */
export const SETTING_EFFECTS: Readonly<Record<string, SettingEffect>> = {
  role: { effect: "refused", of: [], note: "A stack stays what it is: make another one." },
  site: { effect: "none", of: [], note: "Another folder is another site: its files decide what changes." },
  "nodes.*.api": { effect: "update", of: PROVIDERS, note: "The node has to be the same one." },
  "nodes.*.ssh.host": shell,
  "nodes.*.ssh.port": shell,
  "nodes.*.ssh.user": shell,
  "nodes.*.ssh.hostKey": shell,
  "pools[].node": pool,
  "pools[].name": pool,
  "pools[].raidlevel": pool,
  "pools[].disks": {
    effect: "update",
    of: ["command:remote:Command"],
    note: "The node is asked again; it says no unless the disks are the same under other names.",
  },
  "pools[].purpose": { effect: "none", of: [], note: "Only findings change." },
  "backupServer.address": {
    effect: "refused",
    of: [STORAGE],
    note: "PVE cannot change it on an entry that exists, and an entry made anew loses the key.",
  },
  "backupServer.port": { effect: "update", of: [...OWN_PROVIDER, STORAGE, TIMER] },
  "backupServer.fingerprint": { effect: "update", of: [...OWN_PROVIDER, STORAGE, TIMER] },
  "backupServer.country": { effect: "none", of: [], note: "Backups that are to stay in the EU are checked by it." },
  "backupServer.datastore.name": {
    effect: "refused",
    of: [DATASTORE, PRUNE, VERIFY],
    note: "Another name is another, empty datastore.",
  },
  "backupServer.datastore.path": { effect: "refused", of: [DATASTORE], note: "A datastore does not move." },
  "backupServer.user": {
    effect: "refused",
    of: ["resilience:pbs:Acl", "resilience:pbs:FormerRight", "resilience:pbs:Token", "resilience:pbs:User"],
    note: "Backup groups belong to the user.",
  },
  "backupServer.tokenName": {
    effect: "refused",
    of: ["resilience:pbs:Token"],
    note: "To get a new token, rotate it.",
  },
  "backupServer.tokenRotation": {
    effect: "update",
    of: ["resilience:pbs:Token", STORAGE],
    note: "The token's old secret and its user's password end; the storage goes on with the new secret.",
  },
  "backupServer.onNode": { effect: "refused", of: [TIMER], note: "Another node is another server." },
  "backupServer.machine.node": onceMade,
  "backupServer.machine.vmid": {
    effect: "refused",
    of: ["command:remote:Command", "proxmoxve:download/file:File", VM, BOOTSTRAP],
    note: "Another number is another server: docs/how-to/replace-backup-server.md.",
  },
  "backupServer.machine.dataVmid": { effect: "refused", of: [VM], note: "The data disk belongs to that machine." },
  "backupServer.machine.systemStorage": onceMade,
  "backupServer.machine.dataStorage": onceMade,
  "backupServer.machine.dataSize": { effect: "update", of: [VM], note: "Memory follows it; the disk grows by hand." },
  "backupServer.machine.memory": machine,
  "backupServer.machine.cores": machine,
  "backupServer.machine.prefix": onceMade,
  "backupServer.machine.gateway": onceMade,
  "backupServer.machine.nameServers": onceMade,
  "backupServer.machine.bridge": machine,
  "backupServer.machine.vlan": machine,
  "backupServer.machine.image.url": onceMade,
  "backupServer.machine.image.sha512": onceMade,
  "backupServer.machine.timeZone": { effect: "update", of: ["command:remote:Command", BOOTSTRAP] },
  "backup.storage": { effect: "refused", of: [STORAGE], note: "Another identifier is another entry, without the key." },
  "backup.jobId": { effect: "refused", of: [JOB], note: "Another identifier is a second job." },
  "backup.verifySchedule": { effect: "update", of: [VERIFY] },
  "backup.reverifyAfter": {
    effect: "update",
    of: [VERIFY],
    note: "More days find rot later: that takes an acceptance.",
  },
  "backup.schedule": { effect: "update", of: [JOB] },
  "backup.buckets.*": { effect: "update", of: [JOB], note: "That a guest leaves the nightly job takes an acceptance." },
  "backup.weeklySchedule": { effect: "update", of: [JOB] },
  "backup.monthlySchedule": { effect: "update", of: [JOB] },
  "backup.configurations.*": { effect: "update", of: [TIMER], note: "Snapshots that are there stay." },
  "backup.configurationTime": { effect: "update", of: [TIMER] },
  "backup.pruneSchedule": { effect: "update", of: [PRUNE] },
  "backup.garbageCollection": { effect: "update", of: [DATASTORE] },
  "backup.retention.keepLast": keeping,
  "backup.retention.keepHourly": keeping,
  "backup.retention.keepDaily": keeping,
  "backup.retention.keepWeekly": keeping,
  "backup.retention.keepMonthly": keeping,
  "backup.retention.keepYearly": keeping,
  "backup.readers": {
    effect: "update",
    of: ["resilience:pbs:Acl", "resilience:pbs:Token", "resilience:pbs:User"],
    note: "Taking one out is refused until it is released: its copies may be all that is left.",
  },
  "location.country": described,
  "location.city": described,
  "location.building": described,
  ...copySourceEffects("peers"),
  ...LINK_EFFECTS,
  ...HOSTED_EFFECTS,
  "offsite.*.location.country": described,
  "offsite.*.location.city": described,
  "offsite.*.location.building": described,
  "offsite.*.kind": described,
  "offsite.*.place": described,
  "offsite.*.reader": described,
  "offsite.*.sameBuilding": described,
  "offsite.*.loginAtHome": described,
  "offsite.*.schedule": described,
  "offsite.*.retention.keepLast": described,
  "offsite.*.retention.keepHourly": described,
  "offsite.*.retention.keepDaily": described,
  "offsite.*.retention.keepWeekly": described,
  "offsite.*.retention.keepMonthly": described,
  "offsite.*.retention.keepYearly": described,
  "offsite.*.verified": described,
  ...bucketPlaceEffects("offsite.*"),
  "offsite.*.into.datastore": {
    effect: "refused",
    of: [PRUNE, S3_DATASTORE, SYNC, VERIFY],
    note: "A datastore keeps its name, also in the bucket.",
  },
  "offsite.*.into.path": { effect: "refused", of: [S3_DATASTORE], note: "A cache does not move." },
  "offsite.*.undeleteDays": described,
  "offsite.*.jobs.schedule": { effect: "update", of: [SYNC] },
  "offsite.*.jobs.pruneSchedule": { effect: "update", of: [PRUNE], note: "Of an ordinary bucket." },
  "offsite.*.jobs.garbageCollection": { effect: "update", of: [S3_DATASTORE], note: "Of an ordinary bucket." },
  "offsite.*.jobs.verifySchedule": { effect: "update", of: [VERIFY], note: "Each run fetches every chunk." },
  "offsite.*.jobs.retention.keepLast": keeping,
  "offsite.*.jobs.retention.keepHourly": keeping,
  "offsite.*.jobs.retention.keepDaily": keeping,
  "offsite.*.jobs.retention.keepWeekly": keeping,
  "offsite.*.jobs.retention.keepMonthly": keeping,
  "offsite.*.jobs.retention.keepYearly": keeping,
  "backup.exclude.*": { effect: "update", of: [JOB], note: "The guest's backups end: that takes an acceptance." },
  "alerts.form": {
    effect: "update",
    of: ["resilience:pbs:NotificationTarget", "resilience:pve:NotificationTarget"],
    note: "The next message comes in that form.",
  },
  "failover.rpo": { effect: "none", of: [], note: "A promise that replication cannot hold stops the preview." },
  "failover.replicationInterval": { effect: "update", of: [REPLICATION] },
  "failover.replicationRun": { effect: "none", of: [] },
  "failover.firstSyncLimit": {
    effect: "update",
    of: [FIRST_SYNC],
    note: "It counts for replicas that are yet to be made.",
  },
  "cluster.shutdownPolicy": {
    effect: "update",
    of: [CLUSTER_OPTIONS],
    note: "It counts at the next shutdown of a node. A site that has another one takes an adoption.",
  },
  "cluster.migrationNetwork": { effect: "update", of: [CLUSTER_OPTIONS], note: "Each node needs an address in it." },
  "cluster.replicationNetwork": { effect: "update", of: [CLUSTER_OPTIONS], note: "Each node needs an address in it." },
  "quorumDevice.address": {
    effect: "update",
    of: [TIMER],
    note: "The run says no while another machine votes: docs/how-to/quorum.md.",
  },
  "quorumDevice.hostKey": {
    effect: "update",
    of: [TIMER],
    note: "It counts while the vote is set up; a node that knows the machine by another key says no then.",
  },
  "wan.bridge": { effect: "none", of: [], note: "It says where the firewall may fail over to." },
  "wan.nodes": { effect: "none", of: [], note: "A firewall that would fail over elsewhere stops the preview." },
  ...RETURN_GUARD_EFFECTS,
  "tunnel.accountId": {
    effect: "refused",
    of: [
      ...[ACCESS_APPLICATION, ACCESS_POLICY, LOAD_BALANCER_MONITOR, LOAD_BALANCER_POOL],
      ...[NOTIFICATION_POLICY, TUNNEL, TUNNEL_CONFIG],
    ],
    note: "Another account is another tunnel, with another token for every connector.",
  },
  "tunnel.zones.*": { effect: "none", of: [], note: "It counts for names that are yet to be published." },
  "tunnel.name": { effect: "update", of: [ACCESS_POLICY, NOTIFICATION_POLICY, TUNNEL] },
  "tunnel.connectors": {
    effect: "update",
    of: ["resilience:pve:TunnelConnector"],
    note: "In a guest that is taken out the connector is stopped, and its token removed.",
  },
  "tunnel.behindAccess": {
    effect: "update",
    of: [ACCESS_APPLICATION, DNS_RECORD, TUNNEL_CONFIG],
    note: "A service that is taken out is not found from outside any more.",
  },
  "tunnel.access.emails": { effect: "update", of: [ACCESS_POLICY], note: "It counts at the next login." },
  "tunnel.access.emailDomains": { effect: "update", of: [ACCESS_POLICY], note: "It counts at the next login." },
  "tunnel.exclude.*": {
    effect: "none",
    of: [],
    note: "The words are for people; a service that comes to be left out is not found from outside any more.",
  },
  "tunnel.alerts.emails": { effect: "update", of: [NOTIFICATION_POLICY] },
  "tunnel.alerts.webhook": { effect: "update", of: [NOTIFICATION_POLICY, NOTIFICATION_WEBHOOK] },
  "tunnel.failover.address": { effect: "update", of: [LOAD_BALANCER_POOL] },
  "tunnel.failover.path": { effect: "update", of: [LOAD_BALANCER_MONITOR] },
  "tunnel.failover.expectedCodes": { effect: "update", of: [LOAD_BALANCER_MONITOR] },
  "tunnel.failover.services": {
    effect: "update",
    of: [LOAD_BALANCER, LOAD_BALANCER_MONITOR, LOAD_BALANCER_POOL, NOTIFICATION_POLICY],
    note: "A name that is taken out leads home alone: its DNS record stayed beneath.",
  },
  "tunnel.otherWayIn": { effect: "none", of: [], note: "Only findings change." },
  "tunnel.api": { effect: "update", of: ["pulumi:providers:cloudflare"] },
  "startup.ordered": {
    effect: "update",
    of: [STARTUP],
    note: "A place that a guest has and that does not fit takes an adoption; off again, only places that the program gave go.",
  },
  "startup.pause": { effect: "update", of: [STARTUP], note: "It counts when a node starts its guests." },
  "targets.essential.rto": promise,
  "targets.essential.rpo": promise,
  "targets.standard.rto": promise,
  "targets.standard.rpo": promise,
  "targets.deferrable.rto": promise,
  "targets.deferrable.rpo": promise,
  "targets.guests.*.rto": promise,
  "targets.guests.*.rpo": promise,
  "targets.disasters.rto": promise,
  "targets.disasters.rpo": promise,
  "drill.bridge": { effect: "none", of: [], note: "Only drills change; they refuse a bridge that leads anywhere." },
  "contacts[].name": printed,
  "contacts[].reach": printed,
  "contacts[].onCall": printed,
  caCertificate: { effect: "update", of: OWN_PROVIDER },
  "state.backend": {
    effect: "none",
    of: [],
    note: "The state does not move by itself: pulumi stack export, then import.",
  },
  "state.copies": { effect: "none", of: [] },
  "key.fingerprint": {
    effect: "update",
    of: [JOB, STORAGE],
    note: "Another key takes an acceptance: what the old one encrypted stays readable only with the old one.",
  },
  "key.masterPublicKey": {
    effect: "update",
    of: [STORAGE, TIMER],
    note: "Backups from then on carry their key encrypted to it; to have none takes an acceptance.",
  },
  "key.file": { effect: "update", of: OWN_PROVIDER },
  "key.identityFile": { effect: "update", of: OWN_PROVIDER },
};

const WORDS: Readonly<Record<Effect, string>> = {
  none: "Changing it changes nothing on the site.",
  update: "Changing it changes the site in place.",
  replace: "Changing it makes an object anew.",
  refused: "Changing it on a site that is up stops the preview.",
};

/** What an owner is told of a setting's effect; nothing for a path that is no setting. */
export function effectText(path: string): string | undefined {
  const known = SETTING_EFFECTS[path];
  return known === undefined ? undefined : effectWords(known);
}

/** An effect as an owner is told of it. */
export function effectWords({ effect, note }: SettingEffect): string {
  return note === undefined ? WORDS[effect] : `${WORDS[effect]} ${note}`;
}
