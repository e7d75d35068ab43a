import { dependenciesOf } from "../estate/dependencies";
import { type Guest } from "../estate/guest";
import { survivorOf, withoutLock } from "../planning/surviving-disks";
import { GuestAgent } from "../provider/clients/guest-agent";
import { type PveClient } from "../provider/clients/pve-client";
import { hasAgent, RestoreClient, startingOf, typeOf, type GuestPlace } from "../provider/clients/restore-client";
import { isQuorate } from "./observe/site";
import { FOLDERS, type KeptConfig, type KeptConfigs } from "./reattach/kept-config";
import { giveBack } from "./reattach/script";
import { type LeftOut } from "./rebuild/plan";
import { leftLines } from "./rebuild/text";
import { volumesOf } from "./rebuild/survey";
import { type Talk } from "./site/talk";
import { type NodeShell } from "./ssh/node-shell";

/** What is given back, and by whom. */
export interface ReattachOrder {
  /** The nodes' API. */
  readonly pve: PveClient;
  /** Root's shell on any node of the cluster. */
  readonly shell: NodeShell;
  /** Guests of the inventory. */
  readonly guests: readonly Guest[];
  /** Configurations that were kept. */
  readonly kept: KeptConfigs;
  /** Whether guests are started that started by themselves. */
  readonly start: boolean;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/** How it ended. */
export interface Reattached {
  /** `nothing` was there to give back, it was only `shown`, `declined` by the person, or `done`. */
  readonly end: "nothing" | "shown" | "declined" | "done";
  /** VMIDs of guests that have their configuration again, or would. */
  readonly guests: readonly number[];
  /** What is left out, and why. */
  readonly left: readonly LeftOut[];
}

interface Returning {
  readonly guest: Guest;
  readonly config: KeptConfig;
  readonly disks: readonly string[];
  readonly lines: Readonly<Record<string, string>>;
}

/**
 * Gives guests whose disks survived their configuration back. The disks are used as they are; nothing is written to them, and no
 * configuration that is there is written over.
 * @throws {Error} With a cure, before anything is changed, when it cannot be seen what is there.
 */
export async function reattach(order: ReattachOrder, talk: Talk): Promise<Reattached> {
  const { pve, kept, dryRun } = order;
  if (!(await isQuorate(pve.ask)))
    throw new Error("The cluster has no majority: what it says may be old.\nCure: bring more nodes back first.");
  const { returning, left } = await chosen(order);
  const guests = returning.map(({ guest: { vmid } }) => vmid);
  if (returning.length === 0) {
    for (const line of ["No guest is there to be given its configuration back.", ...leftLines(left)]) talk.say(line);
    return { end: "nothing", guests, left };
  }
  talk.say(
    `Configurations of ${kept.time.toISOString()} (${kept.snapshot}); the disks stay as they are, and nothing is written to them:`,
  );
  for (const { guest, config, disks } of returning)
    talk.say(`  ${guest.name} (${guest.vmid}) on ${config.node}: ${disks.join(", ")}`);
  for (const line of leftLines(left)) talk.say(line);
  if (dryRun) return { end: "shown", guests, left };
  if (!(await talk.confirm(`Give ${returning.length} guests their configuration back?`))) {
    talk.say("Nothing was changed.");
    return { end: "declined", guests: [], left };
  }
  for (const one of returning) await write(order, one);
  if (order.start) await startInOrder(order, returning, talk);
  talk.say(
    "What was changed after that moment is not in these configurations: a disk that was added later is on its storage still.",
  );
  return { end: "done", guests, left };
}

async function chosen({ pve, guests, kept }: ReattachOrder): Promise<{ returning: Returning[]; left: LeftOut[] }> {
  const client = new RestoreClient(pve);
  const living = new Map((await client.guests()).map(({ vmid, node }) => [vmid, node]));
  const nodes = (await client.nodes()).filter(({ online }) => online).map(({ name }) => name);
  const volumes = new Map<string, ReadonlySet<string>>();
  for (const node of nodes) volumes.set(node, await volumesOf(pve.ask, node));
  const returning: Returning[] = [];
  const left: LeftOut[] = [];
  for (const guest of guests) {
    const found = chosenOf(guest, kept, living, volumes);
    if ("why" in found) left.push(found);
    else returning.push(found);
  }
  return { returning, left };
}

function chosenOf(
  guest: Guest,
  kept: KeptConfigs,
  living: ReadonlyMap<number, string>,
  volumes: ReadonlyMap<string, ReadonlySet<string>>,
): Returning | LeftOut {
  const name = `${guest.name} (${guest.vmid})`;
  const leave = (why: string, lives = false): LeftOut => ({ guest: name, why, lives });
  const there = living.get(guest.vmid);
  if (there !== undefined) return leave(`lives on ${there}`, true);
  const config = kept.guests.find(({ vmid, kind }) => vmid === guest.vmid && kind === guest.kind);
  if (config === undefined)
    return leave(`the backup of ${kept.time.toISOString()} has no configuration of it: make rebuild`);
  const own = volumes.get(config.node);
  if (own === undefined) return leave(`its node ${config.node} does not answer`);
  const { lines, there: disks, missing } = survivorOf(config.text, own);
  if (disks.length === 0) return leave(`none of its disks is on ${config.node}: make rebuild`);
  if (missing.length === 0) return { guest, config, disks, lines };
  return leave(
    `of its disks ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing on ${config.node}. ` +
      "See whether a pool is still to be imported; else restore it whole beside the others: make rebuild, with --beside-disks",
  );
}

async function write({ shell }: ReattachOrder, { config, guest }: Returning): Promise<void> {
  const { node, kind, vmid, text } = config;
  const { code, stderr } = await shell.run(giveBack(node, FOLDERS[kind], vmid), withoutLock(text));
  if (code === 0) return;
  throw new Error(
    `${guest.name} (${vmid}) did not get its configuration back: ${stderr.trim()}\n` +
      "Cure: look at that; those before it have theirs, and a second run goes on with the rest.",
  );
}

/** Each that started by itself is started after what it needs; an agent that stays silent holds up nobody for long. */
async function startInOrder(
  { pve, guests }: ReattachOrder,
  returning: readonly Returning[],
  talk: Talk,
): Promise<void> {
  const client = new RestoreClient(pve);
  const { places } = dependenciesOf(guests);
  const placeIn = ({ guest }: Returning) => places.get(guest.vmid) ?? 0;
  for (const one of returning.toSorted((a, b) => placeIn(a) - placeIn(b))) {
    const { withNode, template } = startingOf(one.lines);
    if (template || !(withNode || one.guest.ha !== undefined)) continue;
    const { node, vmid, kind } = one.config;
    const place: GuestPlace = { node, vmid, type: typeOf(kind) };
    talk.say(`${one.guest.name} (${vmid}): starting`);
    await client.start(place);
    if (kind === "vm" && hasAgent(one.lines["agent"])) await answered(pve, place, talk);
  }
}

const LIMIT_MS = 300_000;

async function answered(pve: PveClient, { node, vmid }: GuestPlace, talk: Talk): Promise<void> {
  if (await new GuestAgent(pve, node, vmid).awaited(LIMIT_MS)) return;
  talk.say(`${vmid} runs, and its guest agent did not answer in time; what needs it is started all the same`);
}
