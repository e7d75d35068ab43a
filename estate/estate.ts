import { backupServerOf, backupServerProblems, ownGuestsOf, type BackupServer } from "./backup-server";
import { backupServerFindings } from "./backup-server-findings";
import { backupPlanOf, exclusionProblems, jobIdProblems, strangerFindings } from "./backup-plan";
import { type BackupPlan } from "./backup-plan";
import { wishFindings } from "./backup-wish-findings";
import { failoverOf, type Failover } from "./failover";
import { failoverFindings } from "./failover-findings";
import { failoverProblems } from "./failover-problems";
import { copySourcesOf, type CopySource } from "./copy-source-settings";
import { copySourceFindings, copySourceProblems } from "./copy-sources";
import { configuredGuestProblems } from "./configured-guest";
import { type Contact } from "./contacts";
import { bucketFindings, bucketProblems } from "./bucket-findings";
import { copyReaderProblems } from "./copy-readers";
import { type Guest } from "./guest";
import { guestFileFindings } from "./guest-files";
import { internetOutageFindings } from "./internet-outage";
import { type Inventory } from "./inventory";
import { type Observation } from "./observation";
import { guestPlaceFindings, guestPlaceProblems, nodeFindings, observationFindings, undecidedProblems } from "./place";
import {
  bucketCopiesOf,
  offsiteCopiesOf,
  offsiteFindings,
  offsiteProblems,
  type BucketCopySettings,
  type OffsiteCopy,
} from "./offsite-settings";
import { hostedCopiesOf, hostedFindings, hostedOf, hostedProblems, type HostedPlan } from "./hosted-settings";
import { linkFindings, linkProblems, linksOf, type LinkPlan } from "./link-settings";
import { poolFindings, poolProblems, poolsOf, poolStoragesOf, type Pool, type PoolStorage } from "./pool";
import { poolRoomFindings } from "./pool-room";
import { type Finding, type Parsed } from "./problem";
import { publishedFindings } from "./published-service";
import { quorumDeviceFindings, quorumDeviceProblems } from "./quorum-device";
import { type ReplicationJobs } from "./replication-jobs";
import { returnGuardFindings, returnGuardOf, returnGuardProblems, type ReturnGuardPlan } from "./return-guard";
import { scheduleFindings } from "./schedules";
import { singlePointFindings } from "./single-points";
import { startupFindings } from "./startup-order";
import { startupPlanOf, type StartupPlace } from "./startup-plan";
import { type Settings } from "./settings";
import { targetProblems } from "./targets";
import { type Fingerprint } from "./units/fingerprint";
import { tunnelOf, type Tunnel } from "./tunnel";
import { tunnelFindings, tunnelProblems } from "./tunnel-problems";
import { versionFindings, versionProblems } from "./versions";
import { wanFindings, wanProblems, withCables } from "./wan";
import { zoneFindings } from "./zones";

/** A node of the cluster and the ways to it. */
export interface EstateNode {
  /** Name in PVE. */
  readonly name: string;
  /** Address of its API, `https://…:8006`. */
  readonly api: string;
  /** Way to its shell. */
  readonly ssh: Settings["nodes"][string]["ssh"];
}

/** A whole site as it is to be: what stacks declare and plans are made from. Every reference in it holds. */
export interface Estate {
  /** Folder of the site's files, as the settings name it. */
  readonly site: string;
  /** Public domain; undefined without TAPPaaS. */
  readonly domain: string | undefined;
  /** Nodes, first to last. */
  readonly nodes: readonly EstateNode[];
  /** Guests in the order of their VMIDs. */
  readonly guests: readonly Guest[];
  /** ZFS pools to adopt or to make. */
  readonly pools: readonly Pool[];
  /** Storage entries over the pools on which guests live. */
  readonly storages: readonly PoolStorage[];
  /** Where backups go. */
  readonly backupServer: BackupServer;
  /** What is backed up, when, and how long it stays. */
  readonly backup: BackupPlan;
  /** Guests that fail over, and what is promised of it. */
  readonly failover: Failover;
  /** Options of the whole cluster that the settings name; empty when they name none. */
  readonly cluster: Settings["cluster"];
  /** Guests whose place in their node's start is written; empty unless the settings ask for it. */
  readonly startup: readonly StartupPlace[];
  /** Users of the backup server with which other places fetch copies. */
  readonly copyReaders: Settings["backup"]["readers"];
  /** Copies that other places keep, as the settings describe them. */
  readonly offsite: readonly OffsiteCopy[];
  /** Those of them that lie in buckets and that the site fills itself. */
  readonly buckets: readonly BucketCopySettings[];
  /** Sites of which the backup server keeps copies. */
  readonly peers: readonly CopySource[];
  /** Servers of somebody else's to which backups are sent. */
  readonly hosted: readonly HostedPlan[];
  /** WireGuard links that end on the backup server's machine. */
  readonly links: readonly LinkPlan[];
  /** What the owner promises of recovery. */
  readonly targets: Settings["targets"];
  /** Who is called, in the order in which they are tried; empty when nobody is named. */
  readonly contacts: readonly Contact[];
  /** Machine that is no node and votes beside them; undefined when the settings name none. */
  readonly quorumDevice: Settings["quorumDevice"];
  /** Tunnel by which published services are reached; undefined when the settings name none. */
  readonly tunnel: Tunnel | undefined;
  /** Guard against two sites that serve at once; undefined when the settings ask for none. */
  readonly returnGuard: ReturnGuardPlan | undefined;
  /** Key with which the nodes encrypt, by its fingerprint. */
  readonly key: { readonly fingerprint: Fingerprint; readonly masterPublicKey?: string | undefined };
  /** What deserves a person's attention and stops nothing. */
  readonly findings: readonly Finding[];
}

/** The three sources of an estate, each parsed before. */
export interface EstateSources {
  /** What the site is to hold. */
  readonly inventory: Inventory;
  /** The stack's settings. */
  readonly settings: Settings;
  /** What was seen of the site; undefined before the first look. */
  readonly observation?: Observation | undefined;
  /** Numbers of replication jobs that the site's folder keeps. @default - none */
  readonly replicationJobs?: ReplicationJobs | undefined;
}

/** The estate that follows from its sources, or all that keeps them from fitting together. Reads nothing and changes nothing. */
export function estateOf({ inventory, settings, observation, replicationJobs }: EstateSources): Parsed<Estate> {
  const names = Object.keys(settings.nodes);
  const pools = poolsOf(settings.pools, observation);
  const backup = backupPlanOf(settings, inventory, observation);
  const planned = failoverOf(settings, inventory, observation, replicationJobs);
  const failover = withCables(planned, settings, observation);
  const peers = copySourcesOf(settings.peers);
  const backupServer = backupServerOf(settings, inventory);
  const links = linksOf(settings.links);
  const hosted = hostedOf(settings);
  const returnGuard = returnGuardOf(settings, inventory.guests, observation);
  const problems = [
    ...poolProblems(settings.pools, names, observation),
    ...guestPlaceProblems(inventory.guests, names, pools, observation),
    ...configuredGuestProblems(settings, inventory),
    ...exclusionProblems(settings, inventory, observation),
    ...undecidedProblems(inventory.guests, observation, excusedIn(settings), ownGuestsOf(settings, observation)),
    ...backupServerProblems(settings, inventory.guests, observation),
    ...quorumDeviceProblems(settings),
    ...copyReaderProblems(settings),
    ...offsiteProblems(settings),
    ...bucketProblems(settings, backupServer),
    ...copySourceProblems(peers, "peers", {
      address: backupServer.address,
      hasShell: backupServer.ssh !== undefined,
      own: backupServer,
    }),
    ...hostedProblems(hosted, settings),
    ...linkProblems(links, backupServer.ssh !== undefined),
    ...jobIdProblems(backup),
    ...targetProblems(settings, inventory),
    ...versionProblems(observation),
    ...tunnelProblems(settings.tunnel, inventory.guests),
    ...wanProblems(settings, failover, observation),
    ...returnGuardProblems(returnGuard, settings, inventory.guests),
    ...failoverProblems(failover, names, pools, observation),
  ];
  if (problems.length > 0) return { ok: false, problems };

  const { guests, domain } = inventory;
  const storages = poolStoragesOf(pools, observation);
  const tunnel = tunnelOf(settings.tunnel, guests);
  const startup = startupPlanOf(settings, guests, failover, observation);
  const findings = [
    ...poolFindings(pools),
    ...poolRoomFindings(pools, observation),
    ...scheduleFindings(backup, inventory.inside),
    ...strangerFindings(backup),
    ...wishFindings(backup, settings.backupServer.country ?? inventory.country),
    ...guestPlaceFindings(guests, pools),
    ...backupServerFindings(backupServer, { guests, pools, nodes: names, observation }),
    ...observationFindings(guests, observation),
    ...nodeFindings(names, observation),
    ...zoneFindings(guests, inventory.zones),
    ...startupFindings(guests, observation, startup),
    ...guestFileFindings(guests, observation),
    ...failoverFindings(failover, {
      ...{ guests, pools, observation, backupNode: backupServer.node },
      wantsQuorumDevice: settings.quorumDevice !== undefined,
    }),
    ...wanFindings(settings, guests, observation),
    ...singlePointFindings(settings, guests, observation),
    ...versionFindings(observation),
    ...quorumDeviceFindings(settings),
    ...internetOutageFindings(backupServer, observation),
    ...offsiteFindings(settings),
    ...bucketFindings(settings),
    ...hostedFindings(hosted),
    ...copySourceFindings(peers, "peers"),
    ...linkFindings(
      links,
      peers.map(({ address }) => address),
    ),
    ...publishedFindings(guests, failover),
    ...tunnelFindings(tunnel, names),
    ...returnGuardFindings(returnGuard),
  ];
  const declared = { site: settings.site, domain, nodes: nodesOf(settings, inventory), guests, pools, storages };
  return {
    ok: true,
    value: {
      ...{ ...declared, backupServer, backup, failover, startup },
      ...{ cluster: settings.cluster, quorumDevice: settings.quorumDevice, targets: settings.targets },
      contacts: settings.contacts,
      ...{
        copyReaders: settings.backup.readers,
        offsite: [...offsiteCopiesOf(settings), ...hostedCopiesOf(hosted)],
        buckets: bucketCopiesOf(settings),
        hosted,
        peers,
        links,
      },
      ...{ key: settings.key, tunnel, returnGuard, findings },
    },
  };
}

/** VMIDs that the settings leave out of the backup, each with its reason. */
function excusedIn({ backup }: Settings): Set<number> {
  return new Set(Object.keys(backup.exclude).map(Number));
}

/** In TAPPaaS' order where there is one: its first node is the one that others joined. */
function nodesOf({ nodes }: Settings, inventory: Inventory): EstateNode[] {
  const order = inventory.nodes ?? [];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(nodes)
    .map(([name, { api, ssh }]) => ({ name, api, ssh }))
    .toSorted((a, b) => rank(a.name) - rank(b.name));
}
