import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ESCROW_FILE } from "../../estate/escrow-record";
import { estateOf, type Estate } from "../../estate/estate";
import { type Parsed, valueOf } from "../../estate/problem";
import { type Settings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { changedCells, compare } from "../../planning/comparison";
import { proofOf } from "../../planning/drill-record";
import { judge } from "../../planning/judgement";
import { judgementSchema, type Judgement } from "../../planning/judgement-schema";
import { type Model } from "../../planning/model";
import { parsePlanningRecord, PLANNING_FILE } from "../../planning/record";
import { modelOf, type Knowledge } from "../../planning/site-model";
import { readDrills } from "../drill/records";
import { readEscrow } from "../escrow-file";
import { readBrokenGlass } from "./break-glass";

/** A site as its files describe it. */
export interface SiteFiles {
  /** Settings of its stack. */
  readonly settings: Settings;
  /** Its folder. */
  readonly siteFolder: string;
}

/**
 * Judges a site from its files alone: no login, no engine, no look at the site.
 * @throws {InvalidSite} Naming all that is wrong in them.
 */
export function judgementOf(files: SiteFiles): Judgement {
  const { model, observation, record } = siteOf(files);
  const judgement = judge(model, observation?.takenAt, record);
  const proof = proofOf(model, readDrills(files.siteFolder));
  return { ...judgement, proof, brokenGlass: readBrokenGlass(files.siteFolder).toReversed() };
}

/** A site as its files say it, and what is planned from. */
export interface KnownSite extends Pick<Knowledge, "observation" | "record"> {
  /** What it is to be. */
  readonly estate: Estate;
  /** What plans are made from. */
  readonly model: Model;
}

/** Reads a site's files. @throws {InvalidSite} Naming all that is wrong in them. */
export function siteOf({ settings, siteFolder }: SiteFiles): KnownSite {
  const { inventory, observation, replicationJobs } = valueOf(readSiteFolder(siteFolder), settings.site);
  const estate = valueOf(estateOf({ inventory, settings, observation, replicationJobs }), settings.site);
  const read = readEscrow(siteFolder);
  const escrow = read === undefined ? undefined : valueOf(read, ESCROW_FILE);
  const record = readOptional(siteFolder, PLANNING_FILE, parsePlanningRecord);
  return { estate, model: modelOf(estate, { observation, escrow, record }), observation, record };
}

/** What the site's files are compared with. */
export interface Base {
  /** How a person named it: a commit, a branch, a folder. */
  readonly name: string;
  /** What its files survive, by the same planner. */
  readonly judgement: Judgement;
  /** What its own version says of its files, as JSON; undefined when nobody asked it. */
  readonly own?: unknown;
}

/** A judgement with what it makes of another one; `today` is the day by which acceptances count, `2026-11-26`. */
export function comparedWith(head: Judgement, base: Base, siteFolder: string, today: string): Judgement {
  const { name, judgement, own } = base;
  const { decisions } = valueOf(readSiteFolder(siteFolder), siteFolder);
  const comparison = compare(judgement, head, { name, acceptances: decisions.acceptances, today });
  // Another version may say it in another form: then nothing can be told of its planner.
  const said = judgementSchema.safeParse(own);
  return { ...head, comparison: { ...comparison, planner: said.success ? changedCells(said.data, judgement) : null } };
}

function readOptional<T>(folder: string, name: string, parse: (input: unknown) => Parsed<T>): T | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  return valueOf(parse(JSON.parse(readFileSync(file, "utf8")) as unknown), name);
}
