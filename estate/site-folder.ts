import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { SITE_FILE } from "./backup-wish";
import { type Inventory, parseInventory } from "./inventory";
import { type Observation, parseObservation } from "./observation";
import { observedInventory } from "./observed-inventory";
import { type Parsed, problemsOf } from "./problem";
import { expecting, parse, plainText, text } from "./schema";
import { parseReplicationJobs, REPLICATION_JOBS_FILE, type ReplicationJobs } from "./replication-jobs";
import { parseTappaas, type TappaasFile } from "./tappaas-inventory";
import { WEAKENINGS } from "./units/weakening";
import { ZONES_FILE } from "./zones";

/** What an owner decided about their site, in its folder: objects that may be changed, and protection that may be lessened. */
export interface Decisions {
  /** Objects that exist and may become what the program says: `pbs:PruneJob/prune-tappaas_backup`. */
  readonly adoptions: readonly string[];
  /** What may be lessened, by whom, why and until when. */
  readonly acceptances: readonly Acceptance[];
}

/** Files of one site, read and parsed. */
export interface SiteFolder {
  /** What the site is to hold. */
  readonly inventory: Inventory;
  /** What was last seen of it; undefined before the first look. */
  readonly observation: Observation | undefined;
  /** What its owner decided. */
  readonly decisions: Decisions;
  /** Numbers of its replication jobs, as `make up` and `make observe` keep them. */
  readonly replicationJobs: ReplicationJobs;
}

const acceptance = z.strictObject({
  /** The object: `pbs:PruneJob/prune-tappaas_backup`. */
  object: plainText,
  /** What becomes less. */
  change: z.enum(WEAKENINGS),
  /** Who decided. */
  who: plainText,
  /** For what reason. */
  why: plainText,
  /** Last day on which it counts, `2026-12-31`. */
  until: text(
    (day) => /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)),
    'a day such as "2026-12-31"',
  ).optional(),
});

/** A lessening of protection that somebody takes upon themselves. */
export type Acceptance = z.infer<typeof acceptance>;

const adoptionsSchema = z.array(plainText, expecting('a list such as ["pbs:PruneJob/prune-tappaas_backup"]'));
const acceptancesSchema = z.array(acceptance, expecting("a list of acceptances"));

/** Reads every file of a site's folder and names all that is wrong with all of them. */
export function readSiteFolder(folder: string): Parsed<SiteFolder> {
  const observation = readObservation(folder);
  const inventory = readInventory(folder, observation.ok ? observation.value : undefined);
  const decisions = readDecisions(folder);
  const numbers = parseReplicationJobs(readJson(folder, REPLICATION_JOBS_FILE) ?? {});
  if (inventory.ok && observation.ok && decisions.ok && numbers.ok) {
    const read = { inventory: inventory.value, observation: observation.value, decisions: decisions.value };
    return { ok: true, value: { ...read, replicationJobs: numbers.value } };
  }
  return { ok: false, problems: [inventory, observation, decisions, numbers].flatMap(problemsOf) };
}

/** What the owner of a site, or of a vault, decided; nothing where no file says so. */
export function readDecisions(folder: string): Parsed<Decisions> {
  const adoptions = parse(adoptionsSchema, readJson(folder, "adoptions.json") ?? [], "adoptions.json");
  const acceptances = parse(acceptancesSchema, readJson(folder, "acceptances.json") ?? [], "acceptances.json");
  if (adoptions.ok && acceptances.ok)
    return { ok: true, value: { adoptions: adoptions.value, acceptances: acceptances.value } };
  return { ok: false, problems: [adoptions, acceptances].flatMap(problemsOf) };
}

/** TAPPaaS' own files where there are some, else the list of guests, else what was seen. */
function readInventory(folder: string, observation: Observation | undefined): Parsed<Inventory> {
  const configuration = readJson(folder, "configuration.json");
  if (configuration !== undefined) {
    const surroundings = {
      site: readJson(folder, SITE_FILE),
      environments: readFiles(folder, "environments"),
      zones: readJson(folder, ZONES_FILE),
    };
    return parseTappaas(
      { file: "configuration.json", json: configuration },
      readFiles(folder, "modules"),
      surroundings,
    );
  }
  const list = readJson(folder, "inventory.json");
  if (list !== undefined) return parseInventory(list, "inventory.json");
  if (observation !== undefined) return { ok: true, value: observedInventory(observation) };
  const expected = "TAPPaaS' configuration.json with modules/, inventory.json, or an observation";
  const cure =
    "run `make observe`, and every guest that is there is in the inventory; or copy the files, or correct the site";
  return { ok: false, problems: [{ path: folder, expected, got: "none of them", cure }] };
}

function readFiles(folder: string, kind: "modules" | "environments"): TappaasFile[] {
  const inside = join(folder, kind);
  if (!existsSync(inside)) return [];
  const files = readdirSync(inside).filter((name) => name.endsWith(".json") && !name.endsWith(".meta.json"));
  return files.sort().map((name) => ({ file: `${kind}/${name}`, json: readJson(folder, `${kind}/${name}`) }));
}

function readObservation(folder: string): Parsed<Observation | undefined> {
  const seen = readJson(folder, "observed.json");
  return seen === undefined ? { ok: true, value: undefined } : parseObservation(seen, "observed.json");
}

/** What a JSON file holds; undefined when there is no such file, a text that says so when it is no JSON. */
function readJson(folder: string, file: string): unknown {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const content = readFileSync(path, "utf8");
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return `not JSON: ${content.slice(0, NOT_JSON_SHOWN)}`;
  }
}

/** Enough of a broken file to recognise it. */
const NOT_JSON_SHOWN = 30;
