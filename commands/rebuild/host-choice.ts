import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Guest } from "../../estate/guest";
import { InvalidSite } from "../../estate/problem";
import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type ServingGuest, type ServingRecord } from "../../estate/serving-record";
import { defined } from "../../estate/units/defined";
import { guestId, parseGuestId } from "../../estate/units/guest-id";
import { exposureLines } from "../../planning/host/exposure";
import { hostProblems, type ComingGuest } from "../../planning/host/host-problems";
import { type HostSeen } from "../../planning/host/host-seen";
import { diskStorages, movedGuest } from "../../planning/host/moved-guest";
import { type Model } from "../../planning/model";
import { nodeId } from "../../planning/places";
import { authIdOf } from "../../provider/clients/login";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient, startingOf } from "../../provider/clients/restore-client";
import { newAddress } from "../restore/another-deployment";
import { type Choice } from "./choice";
import { hostPlan } from "./host-plan";
import { hostSeen } from "./host-survey";
import { chosenFor, planFor, type Chosen, type LeftOut } from "./plan";
import { readEach } from "./readable";
import { readServing, servingThere } from "./serving";
import { surveyFor } from "./survey";

/** From what guests are chosen that come to somebody else's node. */
export interface HostOrder {
  /** The host's API, with the login that its owner gave. */
  readonly pve: PveClient;
  /** Settings of the stack. */
  readonly settings: DrHostSettings;
  /** Its folder. */
  readonly folder: string;
  /** Guests of the lost site's inventory. */
  readonly guests: readonly Guest[];
  /** The planner's model of the lost site. */
  readonly model: Model;
  /** The newest backups not later than this. @default - the newest */
  readonly before?: Date | undefined;
}

/** What would come to somebody else's node, with what its owner could read of it, and what that costs. */
export interface HostChoice extends Choice {
  /** The guests as they are to be written down before the first restore. */
  readonly serving: ServingRecord;
}

/**
 * What must hold before the key and a login are put onto the host at all: somebody accepts that, and the host can be seen.
 * @throws {InvalidSite} Naming what is missing.
 */
export async function demandExposure({ pve, settings, folder }: HostOrder): Promise<HostSeen> {
  const ours = await servingThere(new RestoreClient(pve), readServing(folder, settings.home));
  const host = await hostSeen(pve, settings.host.node, new Set(ours.map(({ guest }) => parseGuestId(guest).vmid)));
  rejectHost(settings, host, []);
  return host;
}

/**
 * What would come to the host, and what would not.
 * @throws {InvalidSite} Naming everything that keeps guests from coming: nothing is restored then.
 */
export async function hostChoice(order: HostOrder, source: RebuildPlan["source"]): Promise<HostChoice> {
  const { pve, settings, folder, model } = order;
  const client = new RestoreClient(pve);
  const serving = readServing(folder, settings.home);
  const there = await servingThere(client, serving);
  const host = await hostSeen(pve, settings.host.node, new Set(there.map(({ guest }) => parseGuestId(guest).vmid)));
  const found = await chosenOf(order, source, there);
  const { readable, left } = await readEach(found, (one) => comingOf(client, one, settings));
  const chosen = readable.map(({ one }) => one);
  const coming = readable.map(({ said }) => said);
  rejectHost(settings, host, coming);
  if (coming.length === 0) return { plan: undefined, left, said: [], serving };
  const starting = new Map(coming.map(({ archive, lines }) => [archive, startingOf(lines)]));
  const about = { freeSince: host.at.toISOString(), login: authIdOf(pve.server.login), source };
  const { overInternet } = settings.backups;
  const plan = hostPlan(planFor(chosen, modelOn(model, settings), starting, about, { overInternet }), coming);
  return {
    ...{ plan, left },
    said: [
      ...coming.flatMap(({ notes }) => notes),
      ...needLines(order, chosen),
      ...exposureLines(settings, host, coming),
    ],
    serving: { ...serving, guests: [...there, ...coming.map((one) => servingOf(one, settings, about.freeSince))] },
  };
}

function rejectHost(settings: DrHostSettings, host: HostSeen, coming: readonly ComingGuest[]): void {
  const problems = hostProblems(settings, host, coming);
  if (problems.length > 0) throw new InvalidSite(`The move of ${settings.home} to ${host.node}`, problems);
}

/** The lost site's guests, those that are on the host already as living, and those that are not to come with the reason. */
async function chosenOf(
  { pve, settings, guests, before }: HostOrder,
  source: RebuildPlan["source"],
  there: readonly ServingGuest[],
): Promise<{ readonly chosen: readonly Chosen[]; readonly left: readonly LeftOut[] }> {
  const { node } = settings.host;
  const { without } = settings.guests;
  const survey = await surveyFor(pve, source.storage);
  const living = new Map(there.map(({ of, node: on }) => [parseGuestId(of).vmid, on]));
  const stays = guests.filter(({ vmid }) => without[String(vmid)] !== undefined);
  const comes = guests.filter((guest) => !stays.includes(guest));
  // Numbers of the host say nothing of guests of home: those that are taken there are looked at with the offset.
  const seen = { ...survey, nodes: [node], living, disks: new Map<number, string[]>() };
  const { chosen, left } = chosenFor(comes, seen, { node, before });
  const stay = stays.map(({ name, vmid }) => ({
    guest: `${name} (${vmid})`,
    why: `it does not come along: ${without[String(vmid)] ?? ""}`,
    lives: false,
  }));
  return { chosen, left: [...left, ...stay] };
}

/** A guest that comes, and what its backup says of it. */
export interface Coming extends ComingGuest {
  /** The snapshot. */
  readonly archive: string;
  /** Lines of the backup. */
  readonly lines: Readonly<Record<string, string>>;
}

async function comingOf(client: RestoreClient, { guest, snapshot, node }: Chosen, settings: DrHostSettings) {
  const lines = await client.configIn(node, snapshot.volume);
  const { vmid, kind, name } = guest;
  const moved = movedGuest({ vmid, kind, name, lines }, settings, newAddress);
  const homes = [...new Set(diskStorages(lines))];
  const onStorages = moved.storage === undefined ? homes : [moved.storage];
  return { ...moved, lines, onStorages, archive: snapshot.volume, bytes: snapshot.size };
}

/** On one node, all share its disks. */
function modelOn(model: Model, { host }: DrHostSettings): Model {
  const services = model.services.map((service) => ({ ...service, node: nodeId(host.node) }));
  return { ...model, services };
}

/** Guests that come and need one that does not. */
function needLines({ guests, model, settings }: HostOrder, chosen: readonly Chosen[]): string[] {
  const names = new Map(guests.map(({ vmid, name }) => [vmid, `${name} (${vmid})`]));
  return chosen.flatMap(({ guest: { vmid } }) => {
    const needs = model.services.find((service) => service.vmid === vmid)?.dependsOn ?? [];
    const lacking = needs.filter((need) => settings.guests.without[String(need)] !== undefined);
    if (lacking.length === 0) return [];
    const those = lacking.map((need) => names.get(need) ?? String(need)).join(", ");
    return [
      `${names.get(vmid) ?? vmid} needs ${those}, which does not come along: something on the host has to stand in for it`,
    ];
  });
}

function servingOf(coming: Coming, { host: { node } }: DrHostSettings, since: string): ServingGuest {
  const { kind, of, vmid, name, lines, configuration, without } = coming;
  const changed = [...Object.keys(configuration), ...without];
  const was = changed.flatMap((line) => (lines[line] === undefined ? [] : [[line, lines[line]] as const]));
  const added = Object.keys(configuration).filter((line) => lines[line] === undefined);
  const [storage, ...others] = [...new Set(diskStorages(lines))];
  const one = others.length === 0 ? defined({ storage }) : {};
  const ids = { of: guestId(kind, of), guest: guestId(kind, vmid) };
  return { ...ids, name, node, was: Object.fromEntries(was), added, since, ...one };
}
