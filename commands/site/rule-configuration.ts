import { ownGuestsOf } from "../../estate/backup-server";
import { type DrHostSettings } from "../../estate/dr-host-settings";
import { failoverOf } from "../../estate/failover";
import { publishedServices, streamsMedia } from "../../estate/published-service";
import { type Settings } from "../../estate/settings";
import {
  readDecisions,
  readSiteFolder,
  type Acceptance,
  type Decisions,
  type SiteFolder,
} from "../../estate/site-folder";
import { dayOf, isOver } from "../../estate/units/day";
import { cabledNodes, usesWan } from "../../estate/wan";
import { type AnyStack } from "../engine/stack";

/** What rules are told beside the plan, by the name of the rule. */
export type RuleConfiguration = Readonly<Record<string, unknown>>;

/**
 * What the rules know besides the plan, from the site's own files and not from the program: which guests have no reason to stay out of the
 * backup, which fail over, where the line to the internet is, and whether somebody took a shorter retention upon themselves.
 * @param now Until which day acceptances count, RFC 3339.
 */
export function configurationOf(
  { siteFolder, settings }: Pick<AnyStack, "siteFolder" | "settings">,
  now: string,
): RuleConfiguration {
  // What is wrong with the files the program says itself, with the cure.
  if (settings.role !== "site") {
    const decisions = readDecisions(siteFolder);
    const host = settings.role === "dr-host" ? hostRules(settings) : {};
    return { ...(decisions.ok && retentionRule(decisions.value, now)), ...host };
  }
  const read = readSiteFolder(siteFolder);
  if (!read.ok) return {};
  const { decisions } = read.value;
  return {
    ...backupRules(settings, read.value),
    ...placeRules(settings, read.value),
    ...retentionRule(decisions, now),
  };
}

function backupRules(settings: Settings, { inventory, observation }: SiteFolder): RuleConfiguration {
  const excluded = Object.keys(settings.backup.exclude).map(Number);
  const guests = inventory.guests
    .filter(({ vmid, backup }) => backup.covered && !excluded.includes(vmid))
    .map(({ vmid }) => vmid);
  // A backup of the backups would lie among them.
  const except = [...excluded, ...ownGuestsOf(settings, observation)];
  return { "every-guest-backed-up": { guests }, "disks-are-backed-up": { except } };
}

/** What follows from where guests are. */
function placeRules(settings: Settings, { inventory, observation, replicationJobs }: SiteFolder): RuleConfiguration {
  const { guests } = inventory;
  const failover = failoverOf(settings, inventory, observation, replicationJobs);
  const moving = failover.guests.map(({ guest: { vmid } }) => vmid);
  const cabled = cabledNodes(settings, observation);
  const users = guests.filter((guest) => usesWan(settings, guest, observation)).map(({ vmid }) => vmid);
  const connectors = guests.filter(({ vmid }) => settings.tunnel?.connectors.includes(vmid) === true);
  const media = publishedServices(guests).filter(({ guest }) => streamsMedia(guest));
  return {
    "failover-node-has-replica": { guests: moving },
    ...(cabled !== undefined && { "failover-follows-the-cable": { guests: users, nodes: cabled } }),
    "tunnel-connectors-apart": {
      nodes: Object.keys(settings.nodes),
      homes: Object.fromEntries(connectors.map(({ vmid, node }) => [String(vmid), node])),
    },
    "no-media-on-tunnel": { names: media.map(({ name }) => name) },
  };
}

function hostRules({ host }: DrHostSettings): RuleConfiguration {
  return host.vlans === undefined ? {} : { "guests-elsewhere-apart": { vlans: host.vlans } };
}

/** Less than the floor is advice once somebody took it upon themselves. */
function retentionRule({ acceptances }: Decisions, now: string): RuleConfiguration {
  const isLess = ({ change, until }: Acceptance) => change === "shorten-retention" && !isOver(until, dayOf(now));
  return acceptances.some(isLess) ? { "retention-floor": "advisory" } : {};
}
