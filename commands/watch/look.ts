import { bucketsCleanedOutside } from "../../estate/buckets";
import { configuredGuestsOf } from "../../estate/configured-guest";
import { copySourcesOf } from "../../estate/copy-source-settings";
import { hostedOf } from "../../estate/hosted-settings";
import { failoverOf, type Failover } from "../../estate/failover";
import { offsiteCopiesOf } from "../../estate/offsite-settings";
import { valueOf } from "../../estate/problem";
import { tunnelOf } from "../../estate/tunnel";
import { readSiteFolder } from "../../estate/site-folder";
import { isUnanswered } from "../../provider/clients/api-error";
import { type PbsClient } from "../../provider/clients/pbs-client";
import { type PbsTask } from "../../provider/clients/pbs-shapes";
import { snapshotAlarms, snapshotsOfAll } from "../before-update/alarms";
import { drillAlarms } from "../drill/alarms";
import { readDrill, readDrills } from "../drill/records";
import { type Stack } from "../engine/stack";
import { configuredNodesIn, exportState, jobsIn, storagesIn } from "../engine/state";
import { readEscrow } from "../escrow-file";
import { guardAlarms } from "../guard/alarms";
import { observe } from "../observe";
import { openServers } from "../servers";
import { seeFailover } from "../status/look";
import { failoverAlarms, type SeenFailover } from "../status/replication";
import { runtimeAlarms, USUAL_DAYS } from "./backup-runs";
import { bucketAlarms } from "./buckets";
import { seenBuckets } from "./buckets-look";
import {
  ageAlarms,
  certificateAlarms,
  configurationAlarms,
  escrowAlarms,
  fillAlarms,
  healthAlarms,
  keyAlarms,
  type Alarm,
} from "./checks";
import { copyAlarms, fetchAlarms } from "./copies";
import { lastFetched, seenBackups, seenCopies } from "./copies-look";
import { brokenAlarms, futureAlarms, unprotectedAlarms } from "./harm";
import { hostedAlarms } from "./hosted";
import { seenReceivers } from "./hosted-look";
import { askForNames, nameAlarms } from "./names";
import { fillsOf, shownBy } from "./server";

/** A site as a person who asks how it stands wants to see it. */
export interface Around {
  /** What deserves attention. */
  readonly alarms: readonly Alarm[];
  /** What the site promises of failover. */
  readonly failover: Failover;
  /** What was seen of it. */
  readonly seen: SeenFailover;
}

/** Looks for everything that a site does not report by itself. It changes nothing. */
export async function watch(stack: Stack, now = new Date()): Promise<readonly Alarm[]> {
  return (await lookAround(stack, now)).alarms;
}

/**
 * Looks at the whole site. It changes nothing.
 * @throws {InvalidSite} When the files of its folder cannot be read: what it promises is not known then.
 */
export async function lookAround(stack: Stack, now = new Date()): Promise<Around> {
  const { backupServer, key } = stack.settings;
  const { address, port, fingerprint: pinned } = backupServer;
  const servers = await openServers(stack.settingsFile);
  try {
    const seen = await observe({ ask: servers.pve.ask, pbs: servers.pbs }, stack.settings.site, now);
    const { resources } = await exportState(stack);
    const { inventory, observation, replicationJobs } = valueOf(readSiteFolder(stack.siteFolder), stack.settings.site);
    const failover = failoverOf(stack.settings, inventory, observation, replicationJobs);
    const nodes = configuredNodesIn(resources);
    const guests = nodes.length === 0 ? [] : configuredGuestsOf(stack.settings, inventory);
    const configurations = [...nodes, ...guests.map(({ name }) => name)];
    const peers = copySourcesOf(stack.settings.peers);
    const hosted = hostedOf(stack.settings);
    const buckets = bucketsCleanedOutside(stack.settings);
    const backups = await seenBackups(servers.pbs);
    const names = tunnelOf(stack.settings.tunnel, inventory.guests)?.names ?? [];
    const moving = await seeFailover(servers.pve.ask);
    const alarms = [
      ...(address === undefined
        ? [NO_SERVER]
        : certificateAlarms([{ ...(await shownBy(address, port)), pinned }], now)),
      ...fillAlarms(servers.pbs === undefined ? [] : await fillsOf(servers.pbs)),
      ...ageAlarms(jobsIn(resources), seen, now),
      ...configurationAlarms(configurations, seen, now),
      ...storagesIn(resources).flatMap((storage) => keyAlarms({ storage, key: key.fingerprint }, seen)),
      ...runtimeAlarms(servers.pbs === undefined ? [] : await runsOf(servers.pbs, now), now),
      ...copyAlarms(peers, await seenCopies(servers.pbs, peers, now), now),
      ...hostedAlarms(hosted, await seenReceivers(stack.settingsFile, hosted), now),
      ...bucketAlarms(buckets, await seenBuckets(stack.settingsFile, buckets), now),
      ...fetchAlarms(offsiteCopiesOf(stack.settings), await lastFetched(servers.pbs, now), now),
      ...nameAlarms(names, await askForNames(names)),
      ...futureAlarms(backups, now),
      ...brokenAlarms(backups),
      ...(servers.pbs === undefined ? [] : unprotectedAlarms(observation, backups)),
      ...snapshotAlarms(await snapshotsOfAll(servers.pve, seen), now),
      ...(await guardAlarms(stack, now)),
      ...healthAlarms(seen),
      ...failoverAlarms(failover, moving),
      ...escrowAlarms(readEscrow(stack.siteFolder), now),
      ...drillAlarms(readDrills(stack.siteFolder), readDrill(stack.siteFolder), now),
    ];
    return { alarms, failover, seen: moving };
  } finally {
    await servers.close();
  }
}

const NO_SERVER: Alarm = { what: "backups", text: "there is no backup server yet, and nothing is backed up" };

/** Backups of the last weeks; none when the server cannot be asked, which is said elsewhere. */
async function runsOf(pbs: PbsClient, now: Date): Promise<PbsTask[]> {
  try {
    return await pbs.backupTasks(Math.floor(now.getTime() / 1000) - USUAL_DAYS * 86_400);
  } catch (error) {
    if (isUnanswered(error)) return [];
    throw error;
  }
}
