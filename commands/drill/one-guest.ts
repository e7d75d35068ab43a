import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { drillMark, type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { parseGuestId } from "../../estate/units/guest-id";
import { type DrillResult } from "../../planning/drill-record";
import { ApiError } from "../../provider/clients/api-error";
import { GuestAgent } from "../../provider/clients/guest-agent";
import { type PveClient } from "../../provider/clients/pve-client";
import { hasAgent, RestoreClient, type GuestConfig } from "../../provider/clients/restore-client";
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

type Found = Pick<DrillResult, "verdict" | "why" | "isolation" | "seconds"> & { readonly upid: string | null };

/**
 * Restores one guest under its drill number, takes its network cards out, starts it and waits for an answer from inside.
 * @throws {Error} When a step fails; what it made is there then, and is cleaned up by what was written down.
 */
export async function tryGuest(trial: Trial, one: DrilledGuest): Promise<Found> {
  const { pve, plan, note, say, pause } = trial;
  const client = new RestoreClient(pve);
  const place = placeOf(one);
  const upid = await client.begin(place, one.archive, { storage: one.storage, unique: true });
  note({ upid });
  const onLine = (line: string) => {
    say(`  ${progressText(line, one.bytes)}`);
  };
  await client.end(one.node, upid, { onLine, interval: pause });
  const restore = await durationOf(client, plan, upid);
  const config = await client.config(place);
  const { cards, unsafe } = isolationOf(place.vmid, config);
  await client.change(place, { description: drillMark(plan, one), onboot: false }, cards, config.digest);
  note({ marked: true });
  const seconds = { ...(restore !== undefined && { restore }) };
  const isolation = cards.length === 0 ? "it has no network card" : `network cards taken out: ${cards.join(", ")}`;
  if (unsafe.length > 0)
    return { verdict: "not started", why: `it was read back whole; ${unsafe.join("; ")}`, isolation, seconds, upid };
  const tight = await shortOf(pve, one, await client.config(place));
  if (tight !== undefined)
    return { verdict: "not started", why: `it was read back whole; ${tight}`, isolation, seconds, upid };
  const left = isolationOf(place.vmid, await client.config(place));
  if (left.cards.length + left.unsafe.length > 0)
    throw new Error(`${one.name} still has ${[...left.cards, ...left.unsafe].join(", ")} and was not started`);
  return { ...(await started(trial, one, seconds)), isolation, upid };
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

const STATUS = z.looseObject({ status: z.string() });

async function started(
  { pve, patience, settle, pause }: Trial,
  one: DrilledGuest,
  seconds: DrillResult["seconds"],
): Promise<Pick<Found, "verdict" | "why" | "seconds">> {
  const client = new RestoreClient(pve);
  const place = placeOf(one);
  const { agent } = await client.config(place);
  const begun = Date.now();
  await client.start(place);
  if (place.type !== "qemu" || !hasAgent(agent)) {
    await sleep(settle);
    const path = `/nodes/${encodeURIComponent(one.node)}/${place.type}/${place.vmid}/status/current`;
    const { status } = await get(pve.ask, STATUS, path);
    if (status === "running")
      return { verdict: "runs", why: "it started and goes on running; nothing in it can answer", seconds };
    return { verdict: "failed", why: `it started, and ${Math.round(settle / 1000)} s later it was ${status}`, seconds };
  }
  const asked = new GuestAgent(pve, one.node, place.vmid, pause);
  if (!(await asked.awaited(patience)))
    return {
      verdict: "silent",
      why: `it runs, and its guest agent did not answer within ${Math.round(patience / 1000)} s`,
      seconds,
    };
  const boot = (Date.now() - begun) / 1000;
  const answered = "its guest agent answered";
  return { verdict: "answered", why: await withPort(asked, one, answered, patience), seconds: { ...seconds, boot } };
}

/** Whether the service answers at the port that the inventory names, asked from inside: without a card nobody else can. */
async function withPort(
  agent: GuestAgent,
  { port }: DrilledGuest,
  answered: string,
  patience: number,
): Promise<string> {
  if (port === undefined) return answered;
  const tries = Math.max(1, Math.floor(patience / 2_000));
  const script = `for i in $(seq ${tries}); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && exit 0; sleep 2; done; exit 1`;
  try {
    const { code } = await agent.run(script, patience + 10_000);
    return code === 0
      ? `${answered}, and so did port ${port}`
      : `${answered}; port ${port} did not, from inside and without a network`;
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof RangeError)) throw error;
    return `${answered}; port ${port} was not tried: the login may run nothing in it (VM.GuestAgent.Unrestricted)`;
  }
}

/** The number of a drilled guest. */
export function numberOf({ guest }: Pick<DrilledGuest, "guest">): number {
  return parseGuestId(guest).vmid;
}
