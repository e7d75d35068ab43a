import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { type DrilledGuest } from "../../estate/drill-plan";
import { type DrillResult } from "../../planning/drill-record";
import { ApiError, NotPermitted } from "../../provider/clients/api-error";
import { GuestAgent } from "../../provider/clients/guest-agent";
import { hasAgent, RestoreClient } from "../../provider/clients/restore-client";
import { get } from "../observe/site";
import { type Found, type Trial } from "./one-guest";
import { placeOf } from "./trace";

/** A guest of the drill that another needs, as far as it came up. */
export interface Needed {
  /** Its name. */
  readonly name: string;
  /** Port at which it answers from inside; undefined for one without, or that did not answer. */
  readonly port: number | undefined;
  /** Addresses that its agent tells. */
  readonly addresses: readonly string[];
  /** What was found of it. */
  readonly verdict: DrillResult["verdict"];
}

/** What was seen of a guest that was started. */
export interface CameUp extends Pick<Found, "verdict" | "why" | "seconds"> {
  /** Where others reach it; none where it has no agent. */
  readonly addresses: readonly string[];
}

const STATUS = z.looseObject({ status: z.string() });

/**
 * Starts a guest, waits for its agent, and asks from inside whether the port answers that the inventory names, and whether what it needs
 * of the drill is reached. From outside nobody can ask: its network leads nowhere.
 * @param needed What it needs, where the drill has a network; undefined where it is alone.
 */
export async function comeUp(trial: Trial, one: DrilledGuest, needed?: readonly Needed[]): Promise<CameUp> {
  const { pve, settle, pause, patience } = trial;
  const client = new RestoreClient(pve);
  const place = placeOf(one);
  const { agent } = await client.config(place);
  const begun = Date.now();
  await client.start(place);
  if (place.type !== "qemu" || !hasAgent(agent)) {
    await sleep(settle);
    const path = `/nodes/${encodeURIComponent(one.node)}/${place.type}/${place.vmid}/status/current`;
    const { status } = await get(pve.ask, STATUS, path);
    const nothing = { seconds: {}, addresses: [] };
    if (status === "running")
      return { verdict: "runs", why: "it started and goes on running; nothing in it can answer", ...nothing };
    const after = `${Math.round(settle / 1000)} s later it was ${status}`;
    return { verdict: "failed", why: `it started, and ${after}`, ...nothing };
  }
  const asked = new GuestAgent(pve, one.node, place.vmid, pause);
  if (!(await asked.awaited(patience))) {
    const why = `it runs, and its guest agent did not answer within ${Math.round(patience / 1000)} s`;
    return { verdict: "silent", why, seconds: {}, addresses: [] };
  }
  const seconds = { boot: (Date.now() - begun) / 1000 };
  const probed = await withPort(asked, one, patience, needed);
  const addresses = needed === undefined ? [] : await asked.addresses();
  return { ...probed, seconds, addresses };
}

/** Whether the service answers at the port that the inventory names, asked from inside. */
async function withPort(
  agent: GuestAgent,
  { port }: DrilledGuest,
  patience: number,
  needed: readonly Needed[] | undefined,
): Promise<Pick<CameUp, "verdict" | "why">> {
  const answered = ["its guest agent answered"];
  const say = (verdict: CameUp["verdict"], ...more: string[]) => ({ verdict, why: [...answered, ...more].join("; ") });
  try {
    answered.push(...(await reachedBy(agent, needed ?? [])));
    if (port === undefined) return say("answered");
    const isOpen = await connects(agent, ["127.0.0.1"], port, patience);
    if (isOpen) return say("answered", `port ${port} answered from inside`);
    if (needed === undefined) return say("answered", `port ${port} did not, from inside and without a network`);
    const lacking = needed.filter(({ verdict }) => verdict !== "answered" && verdict !== "runs");
    const missing = lacking.map(
      ({ name, verdict }) => `${name} ${verdict === "failed" ? "did not come back" : `is ${verdict}`}`,
    );
    return say("failed", `port ${port} did not answer from inside`, ...missing.map((what) => `it needs what ${what}`));
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof RangeError)) throw error;
    const why =
      error instanceof NotPermitted ? "the login may run nothing in it (VM.GuestAgent.Unrestricted)" : error.message;
    return say("answered", `nothing was tried from inside: ${why}`);
  }
}

/** From inside of one guest, what others of the drill answer: the way between them is the drill's network. */
async function reachedBy(agent: GuestAgent, needed: readonly Needed[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, port, addresses } of needed) {
    if (port === undefined || addresses.length === 0) continue;
    const isOpen = await connects(agent, addresses, port, 0);
    lines.push(`it ${isOpen ? "reaches" : "does not reach"} ${name} at port ${port}`);
  }
  return lines;
}

/**
 * Whether bash in the guest gets a connection to one of these addresses, tried for as long as `patience` says. NixOS has no /bin/bash,
 * and hands its agent no way to programs.
 */
async function connects(
  agent: GuestAgent,
  addresses: readonly string[],
  port: number,
  patience: number,
): Promise<boolean> {
  const tries = Math.max(1, Math.floor(patience / 2_000));
  const each = addresses.map(
    (address) => `timeout ${TO_CONNECT} bash -c '(exec 3<>/dev/tcp/${address}/${port}) 2>/dev/null' && exit 0`,
  );
  const script = [
    "PATH=$PATH:/run/current-system/sw/bin",
    ...["i=0", `while [ $i -lt ${tries} ]; do`, ...each, "i=$((i + 1))", `[ $i -eq ${tries} ] || sleep 2`, "done"],
    "exit 1",
  ].join("\n");
  const most = tries * (2 + addresses.length * TO_CONNECT) * 1_000;
  const { code } = await agent.run(script, most + 10_000, "/bin/sh");
  return code === 0;
}

/** Seconds after which a connection that nobody answers is given up. */
const TO_CONNECT = 5;
