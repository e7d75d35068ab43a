import { type BackupPlan } from "../estate/backup-plan";
import { neededBy } from "../estate/dependencies";
import { hasShares, isOnPaper, type EscrowRecord } from "../estate/escrow-record";
import { type Estate } from "../estate/estate";
import { type Guest } from "../estate/guest";
import { type Observation } from "../estate/observation";
import { nextFiring } from "../estate/units/calendar-event";
import { toBytes } from "../estate/units/size";
import { copiesOf, unseenReplicas } from "./copies-of-site";
import { credentialsOf } from "./credentials";
import { acyclic } from "./dependencies";
import { startsOf, unseenStarts } from "./guest-start";
import { type Assumption, type Copy, type Key, type Model, type Place, type Service, type Tier } from "./model";
import { offsiteAssumptions, offsitePlaces } from "./offsite-copies";
import { placesOf, poolIdOf, nodeId, SHARES, siteId, TUNNEL_ID } from "./places";
import { sourceOf, ratesWith, type Rates } from "./rates";
import { NO_RECORD, type PlanningRecord } from "./record";

/** What is known of a site besides its estate. */
export interface Knowledge {
  /** What was seen of it; undefined before the first look. */
  readonly observation?: Observation | undefined;
  /** Where sheets with the key lie; undefined when nobody wrote that down. */
  readonly escrow?: EscrowRecord | undefined;
  /** What its owner measured. */
  readonly record?: PlanningRecord | undefined;
  /** Places and copies beyond the estate: a vault, a peer, an export. */
  readonly beyond?: { readonly places: readonly Place[]; readonly copies: readonly Copy[] } | undefined;
}

/** The model of a site: its guests, everything that can be lost, and every copy that is declared or was seen. */
export function modelOf(estate: Estate, knowledge: Knowledge = {}): Model {
  const { observation, escrow, record = NO_RECORD, beyond } = knowledge;
  const rates = ratesWith(record.measured);
  const services = servicesOf(estate, rates, record, observation);
  const keys = keysOf(estate, escrow);
  return {
    site: estate.site,
    services,
    places: [...placesOf(estate, escrow, observation), ...offsitePlaces(estate), ...(beyond?.places ?? [])],
    copies: [...copiesOf(estate, services, rates, observation), ...(beyond?.copies ?? [])],
    keys,
    credentials: credentialsOf(estate),
    rates,
    spareNode: record.spareNode,
    windowSeconds: estate.backupServer.address === undefined ? undefined : windowOf(estate.backup),
    ...(estate.returnGuard !== undefined && { returnGuard: estate.returnGuard }),
    targets: estate.targets,
    assumptions: assumptionsOf(estate, knowledge),
  };
}

function servicesOf(
  estate: Estate,
  rates: Rates,
  { used }: PlanningRecord,
  observation: Observation | undefined,
): Service[] {
  const { guests, tunnel } = estate;
  const starts = startsOf(estate, rates, observation);
  const needs = acyclic(new Map(guests.map((guest) => [guest.vmid, neededBy(guest, guests)])));
  return guests.map((guest) => ({
    vmid: guest.vmid,
    name: guest.name,
    node: nodeId(guest.node),
    pool: poolIdOf(guest),
    ...bytesOf(guest, rates, used, observation),
    tier: tierOf(guest),
    dependsOn: needs.get(guest.vmid) ?? [],
    start: starts(guest),
    ...(tunnel?.names.some(({ vmid }) => vmid === guest.vmid) === true && { reachedBy: TUNNEL_ID }),
  }));
}

function bytesOf(
  { vmid, disk }: Guest,
  rates: Rates,
  used: PlanningRecord["used"],
  observation: Observation | undefined,
): Pick<Service, "bytes" | "bytesFrom"> {
  const counted = used.find((one) => one.vmid === vmid);
  if (counted !== undefined) {
    const bytes = { bound: counted.bytes, estimate: counted.bytes };
    return { bytes, bytesFrom: `counted on ${counted.measuredOn}` };
  }
  const seen = observation?.guests.items.find((guest) => guest.vmid === vmid)?.disks ?? [];
  const observed = seen.reduce((sum, { size = 0, backup }) => sum + (backup ? size : 0), 0);
  const size = observed > 0 ? observed : disk === undefined ? undefined : toBytes(disk);
  const { unknownDisk, usedShare } = rates;
  if (size === undefined) {
    return { bytes: { bound: unknownDisk.best, estimate: unknownDisk.expected }, bytesFrom: sourceOf(unknownDisk) };
  }
  const bytes = { bound: size * usedShare.best, estimate: size * usedShare.expected };
  return { bytes, bytesFrom: `${observed > 0 ? "disks as seen" : "disk as declared"}; ${sourceOf(usedShare)}` };
}

/** By the class that its VMID has in TAPPaaS; what has none is one service as any other. */
function tierOf({ class: vmidClass }: Guest): Tier {
  if (vmidClass === "foundation" || vmidClass === "network") return "essential";
  return vmidClass === "test" || vmidClass === "variant test" || vmidClass === "template" ? "deferrable" : "standard";
}

/** PVE keeps the key on its nodes, the program in its file, people on sheets. */
function keysOf({ nodes, key }: Estate, escrow: EscrowRecord | undefined): Key[] {
  const sheets = (escrow?.places ?? []).map((_, index) => `shelf:${index + 1}`);
  const at = ["control", ...nodes.map(({ name }) => nodeId(name)), ...sheets, ...(hasShares(escrow) ? [SHARES] : [])];
  return [{ id: `key:${key.fingerprint}`, name: `the encryption key ${key.fingerprint.slice(0, 11)}…`, at }];
}

function assumptionsOf(estate: Estate, { escrow, record, observation }: Knowledge): Assumption[] {
  const assumptions: Assumption[] = [];
  const say = (text: string, cure: string) => assumptions.push({ text, cure });
  say(`everything of ${siteId(estate)} stands in one building`, "nothing here knows of a second one yet");
  const { address, node } = estate.backupServer;
  if (address !== undefined && node === undefined)
    say(
      `the backup server ${address} stands at the site, unless it has the address of a node or lies on a pool of the settings`,
      "nothing here can see where it stands",
    );
  say("the machine that runs the program stands at the site", "keep the sheets with the key somewhere else");
  for (const { guest, target } of unseenReplicas(estate, observation))
    say(
      `the replica of ${guest.name} on ${target} is there, which is declared and nobody has seen yet`,
      "make up, which waits until it is whole, then make observe",
    );
  assumptions.push(...offsiteAssumptions(estate), ...powerAssumptions(estate, observation));
  if (!isOnPaper(escrow))
    say("no sheet with the key lies anywhere", "print it, put it away and say so: make key-check");
  else say("the places of the sheets are not at the site", "read them in escrow.json");
  if (record === undefined || record.measured.length === 0)
    say("no rate was measured on this site", "write what a drill measured into planning.json");
  if (record === undefined || record.used.length === 0)
    say("bytes in use are a share of each disk", "count them, and write them into planning.json");
  if (observation === undefined) say("nobody has looked at the site", "make observe");
  return assumptions;
}

/** What the times after a power cut rest on. */
function powerAssumptions(estate: Estate, observation: Observation | undefined): Assumption[] {
  const unseen = unseenStarts(estate, observation).map(({ name }) => name);
  const firmware = "set its firmware to start again after a loss of power, and pull the plug once";
  return [
    { text: "each machine starts by itself when its power is back", cure: firmware },
    ...(unseen.length === 0
      ? []
      : [
          {
            text: `what starts with its node: ${unseen.length === estate.guests.length ? "every guest" : unseen.join(", ")}`,
            cure: "make observe",
          },
        ]),
    ...(estate.returnGuard === undefined
      ? []
      : [
          {
            text: "the places of record say that the site serves, and for longer than a power cut lasts",
            cure: "make watch by a timer, which writes the record anew",
          },
        ]),
  ];
}

/** A common day to look for firings from: a Monday at midnight. */
const MONDAY = "2026-01-05T00:00:00";

/** From the nightly backup to the first chore after it, by one clock. */
function windowOf({ schedule, pruneSchedule, garbageCollection, verifySchedule }: BackupPlan): number | undefined {
  const begins = nextFiring(schedule, MONDAY);
  if (begins === undefined) return undefined;
  const chores = [pruneSchedule, garbageCollection, verifySchedule].flatMap((event) => nextFiring(event, begins) ?? []);
  const gaps = chores.map((at) => (Date.parse(`${at}Z`) - Date.parse(`${begins}Z`)) / 1000);
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}
