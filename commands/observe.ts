import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { parseObservation, type Observation } from "../estate/observation";
import { Unreachable } from "../provider/clients/api-error";
import { type PbsClient } from "../provider/clients/pbs-client";
import {
  observeBackupGroups,
  observeDatastores,
  observeServerJobs,
  observeServerLogins,
} from "./observe/backup-server";
import {
  observeDisks,
  observeHighAvailability,
  observeNodes,
  observeNotifications,
  observeReplication,
} from "./observe/machines";
import { remembered, section, type Doubt, type Section } from "./observe/section";
import { observeBackupJobs, observeGuests, observePools, observeStorages } from "./observe/sections";
import { isQuorate, nodesOf, rightsOf, type Ask } from "./observe/site";
import { writeWholeJson } from "./whole-file";

/** File in a site's folder that holds what was last seen. */
const FILE = "observed.json";

/** The two servers of a site, as they are asked. */
export interface Seen {
  /** PVE. */
  readonly ask: Ask;
  /** The backup server; undefined where none is known yet. */
  readonly pbs: PbsClient | undefined;
}

/**
 * Looks at a site and returns what it has, with the date. It reads only.
 *
 * A section is complete when every machine answered and the login may see all of it; only then does absence mean anything.
 */
export async function observe({ ask, pbs }: Seen, site: string, now: Date = new Date()): Promise<Observation> {
  return {
    version: 2,
    takenAt: now.toISOString(),
    site,
    ...(await observeCluster(ask)),
    ...(pbs !== undefined && (await observeServer(pbs))),
  };
}

async function observeCluster(ask: Ask) {
  const nodes = await nodesOf(ask);
  const rights = await rightsOf(ask);
  const quorate = await isQuorate(ask).catch(() => false);
  const names = nodes.filter((node) => node.online).map(({ name }) => name);
  const off = nodes.filter((node) => !node.online).map(({ name }) => name);
  const away: Doubt = off.length === 0 ? undefined : `${off.join(", ")} did not answer`;
  const split: Doubt = quorate ? undefined : "the cluster has no majority, or this login may not ask for it";
  const lacks = (privilege: string, path: string): Doubt =>
    rights.has(path, privilege) ? undefined : `this login lacks ${privilege} on ${path}`;
  const audit = lacks("Sys.Audit", "/");
  const onNodes = [away, lacks("Sys.Audit", "/nodes")];
  return {
    pools: await section(onNodes, () => observePools(ask, names)),
    storages: await section([split, lacks("Datastore.Audit", "/storage")], () => observeStorages(ask)),
    guests: await section([away, split, lacks("VM.Audit", "/vms")], () => observeGuests(ask, names)),
    backupJobs: await section([split, audit], () => observeBackupJobs(ask)),
    nodes: await section([away], () => observeNodes(ask, nodes)),
    disks: await section(onNodes, () => observeDisks(ask, names)),
    highAvailability: await section([split, audit], () => observeHighAvailability(ask)),
    replication: await section([split, audit], () => observeReplication(ask)),
    notifications: await section([split, lacks("Mapping.Audit", "/mapping/notifications")], () =>
      observeNotifications(ask, "pve", "/cluster/notifications"),
    ),
  };
}

async function observeServer(pbs: PbsClient) {
  const lacks = await doubtsOf(pbs);
  const version = await versionOf(pbs);
  return {
    ...(version !== undefined && { backupServerVersion: version }),
    datastores: await section(lacks, () => observeDatastores(pbs)),
    serverJobs: await section(lacks, () => observeServerJobs(pbs)),
    serverLogins: await section(lacks, () => observeServerLogins(pbs)),
    backupGroups: await section(lacks, () => observeBackupGroups(pbs)),
  };
}

/** Its version; a server that does not answer has none, and its sections say so. */
async function versionOf(pbs: PbsClient): Promise<string | undefined> {
  const shape = z.looseObject({ version: z.string() });
  return pbs.ask(shape, { method: "GET", path: "/version" }).then(
    ({ version }) => version,
    () => undefined,
  );
}

/** Why the backup server may show less than it has. */
async function doubtsOf(pbs: PbsClient): Promise<Doubt[]> {
  try {
    const held = await pbs.privileges("/");
    const wanted = ["Sys.Audit", "Datastore.Audit"];
    return wanted.map((one) => (held[one] === true ? undefined : `this login lacks ${one} on / of the backup server`));
  } catch (error) {
    if (error instanceof Unreachable) return [];
    return ["the backup server does not say what this login may see"];
  }
}

type SectionName = Exclude<keyof Observation, "version" | "takenAt" | "site" | "backupServerVersion">;

/** Fields that tell two items of a section apart. */
const KEYS: Readonly<Record<SectionName, readonly string[]>> = {
  pools: ["node", "name"],
  storages: ["storage"],
  guests: ["vmid"],
  backupJobs: ["id"],
  nodes: ["name"],
  disks: ["node", "id"],
  highAvailability: ["kind", "id"],
  replication: ["id"],
  notifications: ["product", "kind", "name"],
  datastores: ["name"],
  serverJobs: ["kind", "id"],
  serverLogins: ["kind", "id", "path", "role"],
  backupGroups: ["store", "namespace", "group"],
};

/** An observation with what an earlier one knew and this one could not see. */
export function withMemory(now: Observation, before: Observation | undefined): Observation {
  if (before === undefined) return now;
  const names = Object.keys(KEYS) as SectionName[];
  const sections = names.map((name) => [name, sectionWithMemory(name, now, before)]);
  const found = Object.fromEntries(sections.filter(([, section]) => section !== undefined)) as Partial<Observation>;
  return { ...now, ...found };
}

type AnyItem = Record<string, unknown> & { lastSeen?: string | undefined };

function sectionWithMemory(name: SectionName, now: Observation, before: Observation): Section<AnyItem> | undefined {
  const [seen, earlier] = [now[name], before[name]] as (Section<AnyItem> | undefined)[];
  // A part at which nobody looked stays as it was known.
  if (seen === undefined) return earlier && { ...earlier, complete: false, because: ["nobody looked at it this time"] };
  const keyOf = (item: AnyItem) => KEYS[name].map((field) => JSON.stringify(item[field] ?? "")).join("\n");
  return remembered(seen, earlier, before.takenAt, keyOf);
}

/** What was last seen of the site in that folder; undefined when nobody looked, or in a form that is no longer read. */
export function lastObservation(folder: string): Observation | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  const parsed = parseObservation(JSON.parse(readFileSync(path, "utf8")), FILE);
  return parsed.ok ? parsed.value : undefined;
}

/** Puts an observation into the site's folder, whole or not at all. */
export function writeObservation(folder: string, observation: Observation): string {
  const path = join(folder, FILE);
  writeWholeJson(path, observation);
  return path;
}

/** Names of the sections, for people. */
const WORDS: Readonly<Record<SectionName, string>> = {
  pools: "pools",
  storages: "storages",
  guests: "guests",
  backupJobs: "backup jobs",
  nodes: "nodes",
  disks: "disks",
  highAvailability: "HA",
  replication: "replication",
  notifications: "notifications",
  datastores: "datastores",
  serverJobs: "PBS jobs",
  serverLogins: "PBS logins",
  backupGroups: "backups of",
};

/** What was seen, in lines for a person. */
export function observationSummary(observation: Observation): string[] {
  const names = Object.keys(WORDS) as SectionName[];
  const lines = names.flatMap((name) => {
    const part = observation[name];
    if (part === undefined) return [];
    const doubt = part.complete ? "" : `  INCOMPLETE: ${(part.because ?? []).join("; ")}; what is missing may exist`;
    return [`${WORDS[name].padEnd(14)} ${String(part.items.length).padStart(4)}${doubt}`];
  });
  const open = (observation.backupGroups?.items ?? []).filter(({ unencrypted }) => unencrypted > 0);
  const snapshots = open.reduce((sum, { unencrypted }) => sum + unencrypted, 0);
  if (snapshots === 0) return lines;
  const groups = open.map(({ group, unencrypted }) => `${group} ${unencrypted}`).join(", ");
  return [
    ...lines,
    `${snapshots} backup snapshots are not encrypted (${groups}): whoever owns the server can read them`,
  ];
}
