import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { type Boot } from "../../../lab/core/guest-system";
import { type Site } from "../../../lab/core/site";
import { parseSiteDescription, type SiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { type Connect } from "../../../lab/pbs/client-interface";
import { startPve } from "../../../lab/pve/module";
import { ask, type PveAccess, type PveAnswer } from "./pve-client";

/** What a test of PVE's behaviour talks to: a lab started for it, or the PVE that the environment names. */
export interface PveSite {
  readonly access: PveAccess;
  /** Name of the node that is asked. */
  readonly node: string;
  /** The lab; undefined when a real PVE is asked. */
  readonly site: Site | undefined;
  readonly ask: (operation: string, parameters?: Record<string, unknown>) => Promise<PveAnswer>;
  readonly stop: () => Promise<void>;
}

/** The site of the repository's lab on other addresses. */
export function describedSite(): SiteDescription {
  return parseSiteDescription(readFileSync(join(__dirname, "../../../lab/sites/single-node.json"), "utf8"));
}

/** A state directory of its own. */
export function newStateDirectory(): string {
  return mkdtempSync(join(tmpdir(), "lab-"));
}

/** Addresses for a suite's lab: `number` tells suites apart, the process runs of the same suite. */
export function prefixOf(number: number): string {
  return `127.${100 + number}.${process.pid % 256}`;
}

/** Whether cases that change or destroy things may run. */
export function mayDestroy(): boolean {
  return process.env["PVE_URL"] === undefined || process.env["PVE_DESTRUCTIVE"] === "1";
}

/** Opens the PVE under test. `prefix` keeps labs of several suites apart. */
export async function openPve(prefix: string, connect: Connect = noBackupServer, boot?: Boot): Promise<PveSite> {
  const { PVE_URL: url, PVE_TOKEN: token = "", PVE_CA: ca = "", PVE_NODE: node = "pve" } = process.env;
  if (url !== undefined) return realPve({ url, ca: readFileSync(ca, "utf8"), headers: tokenHeader(token) }, node);
  const state = newStateDirectory();
  const site = await startPveSite(state, prefix, connect, boot);
  const access = accessTo(site, "tappaas1");
  return { ...realPve(access, "tappaas1"), site, stop: () => erase(site, state) };
}

/** Starts only the PVE nodes of the site, over the state that `state` holds. */
export function startPveSite(
  state: string,
  prefix: string,
  connect: Connect = noBackupServer,
  boot?: Boot,
): Promise<Site> {
  const startNode = (one: Site, node: SiteDescription["nodes"][number]) => startPve(one, node, connect, boot);
  return startSite({ state, prefix, description: describedSite() }, { startPve: startNode });
}

/** Access to a node of a lab by its token with all rights. */
export function accessTo(site: Site, node: string): PveAccess {
  const { nodes, ca } = site.sheet.content;
  const { api, logins } = nodes[node]!;
  return {
    url: api,
    ca: readFileSync(ca, "utf8"),
    headers: tokenHeader(`${logins.token.id}=${logins.token.secret}`),
  };
}

export function tokenHeader(token: string): Record<string, string> {
  return { authorization: `PVEAPIToken=${token}` };
}

/** Waits for a task as clients do, by asking for its status. */
export async function ended(access: PveAccess, node: string, upid: unknown): Promise<string> {
  for (;;) {
    const { data } = await ask(access, `GET /nodes/${node}/tasks/${encodeURIComponent(String(upid))}/status`);
    const { status, exitstatus } = data as { status: string; exitstatus?: string };
    if (status === "stopped") return exitstatus ?? "";
    await wait(20);
  }
}

/** Lines of a task's log. */
export async function logOf(access: PveAccess, node: string, upid: unknown): Promise<string[]> {
  const path = `/nodes/${node}/tasks/${encodeURIComponent(String(upid))}/log`;
  const { data } = await ask(access, `GET ${path}`, { limit: 1000 });
  return (data as { t: string }[]).map(({ t }) => t);
}

function realPve(access: PveAccess, node: string): PveSite {
  return {
    access,
    node,
    site: undefined,
    ask: (operation, parameters) => ask(access, operation, parameters),
    stop: () => Promise.resolve(),
  };
}

async function erase(site: Site, state: string): Promise<void> {
  await site.stop();
  rmSync(state, { recursive: true });
}

function noBackupServer(): never {
  throw new Error("500 Can't connect to the backup server (Connection refused)");
}
