import * as z from "zod";

import { drillMark, type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { parseGuestId } from "../../estate/units/guest-id";
import { type DrillResult } from "../../planning/drill-record";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient, type GuestConfig } from "../../provider/clients/restore-client";
import { progressText } from "../../provider/objects/restore-progress";
import { get } from "../observe/site";
import { isolationOf } from "./isolation";
import { placeOf } from "./trace";

/** How one guest is tried. */
export interface Trial {
  /** The nodes' API. */
  readonly pve: PveClient;
  /** The drill, as it was written down. */
  readonly plan: DrillPlan;
  /** Writes down what became known of a guest before the next step. */
  readonly note: (change: Partial<Pick<DrilledGuest, "upid" | "marked">>) => void;
  /** Shows a line. */
  readonly say: (line: string) => void;
  /** Milliseconds for which its guest agent is waited for. */
  readonly patience: number;
  /** Milliseconds for which a guest without an agent has to go on running. */
  readonly settle: number;
  /** Milliseconds between two looks. */
  readonly pause: number;
}

/** What was seen of a guest. */
export type Found = Pick<DrillResult, "verdict" | "why" | "isolation" | "seconds"> & { readonly upid: string | null };

/** A guest that is whole under its drill number, and may be started unless `unsafe` says why not. */
export interface ReadBack extends Pick<Found, "isolation" | "seconds"> {
  /** The task that restored it. */
  readonly upid: string;
  /** What keeps it from being started. */
  readonly unsafe: string | undefined;
}

/**
 * Restores one guest under its drill number and marks it. Cards that are not on the drill's bridge are taken out.
 * @throws {Error} When a step fails; what it made is there then, and is cleaned up by what was written down.
 */
export async function readBack(trial: Trial, one: DrilledGuest): Promise<ReadBack> {
  const { pve, plan, note, say, pause } = trial;
  const client = new RestoreClient(pve);
  const place = placeOf(one);
  // On the drill's bridge it keeps its addresses, by which it gets the others' answers; nobody there has them twice.
  const unique = plan.bridge === undefined;
  const upid = await client.begin(place, one.archive, { storage: one.storage, unique, configuration: one.cards });
  note({ upid });
  const onLine = (line: string) => {
    say(`  ${progressText(line, one.bytes)}`);
  };
  await client.end(one.node, upid, { onLine, interval: pause });
  const restore = await durationOf(client, plan, upid);
  const config = await client.config(place);
  const { cards, unsafe } = isolationOf(place.vmid, config, plan.bridge);
  await client.change(place, { description: drillMark(plan, one), onboot: false }, cards, config.digest);
  note({ marked: true });
  const seconds = { ...(restore !== undefined && { restore }) };
  const isolation = [
    ...cardsText(one, plan.bridge),
    ...(cards.length === 0 ? [] : [`network cards taken out: ${cards.join(", ")}`]),
  ];
  const about = { isolation: isolation.join("; ") || "it has no network card", seconds, upid };
  return { ...about, unsafe: unsafe.length > 0 ? unsafe.join("; ") : undefined };
}

function cardsText({ cards, node }: DrilledGuest, bridge: string | undefined): string[] {
  if (bridge === undefined) return [];
  const out = Object.keys(cards).filter((slot) => cards[slot]?.includes("link_down=1"));
  const on = Object.keys(cards).filter((slot) => !out.includes(slot));
  return [
    ...(on.length === 0 ? [] : [`${on.join(", ")} on "${bridge}" of ${node}, which leads nowhere`]),
    ...(out.length === 0 ? [] : [`${out.join(", ")} without a cable`]),
  ];
}

/** Why a guest that was read back is not started; undefined when it may be. Looked at right before its start. */
export async function keptFromStarting(trial: Trial, one: DrilledGuest, read: ReadBack): Promise<string | undefined> {
  const { pve, plan } = trial;
  if (read.unsafe !== undefined) return `it was read back whole; ${read.unsafe}`;
  const client = new RestoreClient(pve);
  const place = placeOf(one);
  const config = await client.config(place);
  const left = isolationOf(place.vmid, config, plan.bridge);
  if (left.cards.length + left.unsafe.length > 0)
    throw new Error(`${one.name} still has ${[...left.cards, ...left.unsafe].join(", ")} and was not started`);
  const tight = await shortOf(pve, one, config);
  return tight === undefined ? undefined : `it was read back whole; ${tight}`;
}

/** Seconds of a task, by the node's own clock; undefined when the node does not list it. */
async function durationOf(client: RestoreClient, { freeSince }: DrillPlan, upid: string): Promise<number | undefined> {
  const node = upid.split(":")[1] ?? "";
  const tasks = await client.tasks(node, Math.floor(Date.parse(freeSince) / 1000));
  const task = tasks.find((one) => one.upid === upid);
  return task?.endtime === undefined ? undefined : task.endtime - task.starttime;
}

const NODES = z.array(z.looseObject({ node: z.string(), mem: z.number().optional(), maxmem: z.number().optional() }));
const MIB = 1_048_576;

/** A node that runs out of memory kills what lives on it. */
async function shortOf(
  { ask }: PveClient,
  { node: name }: DrilledGuest,
  config: GuestConfig,
): Promise<string | undefined> {
  const node = (await get(ask, NODES, "/nodes")).find((one) => one.node === name);
  const wanted = Number(config["memory"] ?? 512) * MIB;
  if (node?.mem === undefined || node.maxmem === undefined) return `how much memory ${name} has left is not seen`;
  const free = node.maxmem - node.mem;
  if (wanted <= free * MOST_OF_MEMORY) return undefined;
  return `it takes ${Math.round(wanted / MIB)} MiB of memory, and ${name} has ${Math.round(free / MIB)} MiB left`;
}

/** Share of what is left that a drill may take. */
const MOST_OF_MEMORY = 0.8;

/** The number of a drilled guest. */
export function numberOf({ guest }: Pick<DrilledGuest, "guest">): number {
  return parseGuestId(guest).vmid;
}
