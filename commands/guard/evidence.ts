import * as z from "zod";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { ApiError, isUnanswered } from "../../provider/clients/api-error";
import { parseToken } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { answers } from "../answering-node";
import { type Stack } from "../engine/stack";
import { readSecret } from "../secrets";

/** One look at whether a site still serves. */
export interface Look {
  /** From where: two different ones make two vantage points. */
  readonly from: string;
  /** What was asked. */
  readonly asked: string;
  /** What came of it, with its time. */
  readonly saw: string;
  /** `silent`: no answer; `idle`: it answers, and none of the guests runs there; `serves`: at least one does; `unknown`: it tells nothing. */
  readonly means: "silent" | "idle" | "serves" | "unknown";
}

/** What was found out before guests are brought up elsewhere. */
export interface Evidence {
  /** When, RFC 3339. */
  readonly at: string;
  /** Look by look. */
  readonly looks: readonly Look[];
  /** Guests that were seen to run at home, as `vm:140 identity on tappaas1`. */
  readonly running: readonly string[];
}

/** What is looked at. */
export interface EvidenceOrder {
  /** The lost site. */
  readonly home: Stack;
  /** The host's API. */
  readonly pve: PveClient;
  /** Settings of the stack on the host. */
  readonly settings: DrHostSettings;
  /** Secret of the login that reads home's backups. */
  readonly backupsSecret: string;
  /** VMIDs at home of the guests that are to serve elsewhere. */
  readonly vmids: readonly number[];
}

/** Looks from this machine and from the other place whether home still serves. It changes nothing. */
export async function evidenceOf(order: EvidenceOrder, now = new Date()): Promise<Evidence> {
  const { looks, running } = await fromHere(order);
  const there = [...(await fromHost(order)), await lastContact(order, now)];
  return { at: now.toISOString(), looks: [...looks, ...there], running };
}

/**
 * Why the evidence does not do; empty when it does: home answered nobody, or answered and ran none of the guests, from here and from
 * another place.
 */
export function evidenceGaps({ looks }: Evidence): string[] {
  const serving = looks.filter(({ means }) => means === "serves");
  if (serving.length > 0)
    return serving.map(({ from, asked, saw }) => `seen from ${from}, home serves: ${asked}, ${saw}`);
  const vantage = (mine: boolean) => looks.some(({ from, means }) => (from === HERE) === mine && means !== "unknown");
  return [
    ...(vantage(true) ? [] : ["nothing was seen from this machine"]),
    ...(vantage(false)
      ? []
      : [
          "nothing was seen from another place; name addresses that answer while home serves in returnGuard.probes, and the host asks them",
        ]),
  ];
}

/** The evidence, for people. */
export function evidenceLines({ looks, at }: Evidence): string[] {
  return [
    `Does home still serve? Looked at ${at}:`,
    ...looks.map(({ from, asked, saw }) => `  from ${from}: ${asked}: ${saw}`),
  ];
}

const HERE = "this machine";

/** Every node of home is asked; one that answers says which guests run. */
async function fromHere({ home, vmids }: EvidenceOrder): Promise<{ looks: Look[]; running: string[] }> {
  const { nodes, caCertificate } = home.settings;
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const running = new Set<string>();
  const looks: Look[] = [];
  for (const [name, { api }] of Object.entries(nodes)) {
    const asked = `node ${name} at ${api}`;
    if (!(await answers(api))) {
      looks.push({ from: HERE, asked, saw: "no answer within 3 seconds", means: "silent" });
      continue;
    }
    const login = parseToken(await readSecret(home.settingsFile, "pveApiToken", "PVE_API_TOKEN"), "PVE");
    const pve = new PveClient({ endpoint: api, trust, login }, [500]);
    try {
      const all = await new RestoreClient(pve).guests();
      const here = all.filter(({ vmid, status }) => vmids.includes(vmid) && status === "running");
      for (const one of here)
        running.add(`${one.type === "lxc" ? "ct" : "vm"}:${one.vmid} ${one.name ?? ""} on ${one.node}`);
      const names = here.map(({ vmid, name: called }) => `${called ?? ""} (${vmid})`).join(", ");
      const saw =
        here.length === 0 ? "it answers, and none of these guests runs" : `it answers, and these run: ${names}`;
      looks.push({ from: HERE, asked, saw, means: here.length === 0 ? "idle" : "serves" });
    } catch (error) {
      // Somebody is there and cannot be asked: that is no sign that nothing runs.
      looks.push({ from: HERE, asked, saw: `it answers, and does not say what runs: ${told(error)}`, means: "serves" });
    } finally {
      await pve.close();
    }
  }
  return { looks, running: [...running].sort() };
}

const ANY = z.unknown();

/** The host asks addresses that answer while home serves. */
async function fromHost({ home, pve, settings: { host } }: EvidenceOrder): Promise<Look[]> {
  const probes = home.settings.returnGuard?.probes ?? [];
  const looks = probes.map(async (url): Promise<Look> => {
    const about = { from: `${host.node}, over the internet`, asked: url };
    const path = `/nodes/${encodeURIComponent(host.node)}/query-url-metadata`;
    const parameters = { url, "verify-certificates": false };
    try {
      await pve.ask(ANY, { method: "GET", path, parameters });
      return { ...about, saw: "it answers", means: "serves" };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 403 || error.status === 401)
        return { ...about, saw: `the host could not be asked: ${told(error)}`, means: "unknown" };
      return { ...about, saw: `no answer: ${error.answer.trim().split("\n")[0] ?? ""}`, means: "silent" };
    }
  });
  return Promise.all(looks);
}

/** When something last came from home to the place that keeps its backups. */
async function lastContact({ settings: { backups }, backupsSecret }: EvidenceOrder, now: Date): Promise<Look> {
  const { address, datastore, namespace, authId } = backups;
  const about = { from: `the backup server ${address}`, asked: `newest backup in ${datastore}` };
  const client = PbsClient.at(backups, { tokenId: authId, secret: backupsSecret }, [500]);
  try {
    const all = await client.snapshots(datastore, namespace);
    if (all.length === 0) return { ...about, saw: "there is none", means: "unknown" };
    const newest = new Date(Math.max(...all.map((one) => one["backup-time"])) * 1_000);
    const minutes = Math.floor((now.getTime() - newest.getTime()) / 60_000);
    // A backup tells that home lived then. That it is gone since is told by the absence of one that was due, a night later.
    const means = minutes > A_NIGHT_MINUTES ? "silent" : "unknown";
    return { ...about, saw: `of ${newest.toISOString()}, ${minutes} minutes old`, means };
  } catch (error) {
    if (!isUnanswered(error) && !(error instanceof ApiError)) throw error;
    return { ...about, saw: told(error), means: "unknown" };
  } finally {
    await client.close();
  }
}

/** A day, and two hours for a slow night. */
const A_NIGHT_MINUTES = 26 * 60;

function told(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
