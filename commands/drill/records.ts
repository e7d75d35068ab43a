import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DRILL_FILE, parseDrillPlan, type DrillPlan } from "../../estate/drill-plan";
import { valueOf } from "../../estate/problem";
import { drillMeasurements, withNewer } from "../../planning/drill-rates";
import { DRILLS_FOLDER, parseDrillRecord, type DrillRecord } from "../../planning/drill-record";
import { type Rates } from "../../planning/rates";
import { readPlanning, writePlanning } from "../planning-file";
import { writeWhole } from "../whole-file";
import { NAMESPACE, signed } from "./signature";

/** The drill that is not cleaned up yet; undefined when there is none. */
export function readDrill(siteFolder: string): DrillPlan | undefined {
  const file = join(siteFolder, DRILL_FILE);
  if (!existsSync(file)) return undefined;
  return valueOf(parseDrillPlan(JSON.parse(readFileSync(file, "utf8")) as unknown), DRILL_FILE);
}

/** The same for the first time. @throws {Error} When another drill has written its own meanwhile. */
export function beginDrill(siteFolder: string, plan: DrillPlan): void {
  try {
    writeFileSync(join(siteFolder, DRILL_FILE), textOf(plan), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error("Another drill of this site has begun meanwhile; nothing was touched.\nCure: wait for it.", {
      cause: error,
    });
  }
}

function textOf(plan: DrillPlan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** Writes down what a drill does before it does it; a run that dies while it writes leaves what was there. */
export function writeDrill(siteFolder: string, plan: DrillPlan): void {
  writeWhole(join(siteFolder, DRILL_FILE), textOf(plan));
}

/** Nothing of the drill is left. */
export function forgetDrill(siteFolder: string): void {
  rmSync(join(siteFolder, DRILL_FILE), { force: true });
}

/** Reports of the site's drills, the oldest first. */
export function readDrills(siteFolder: string): DrillRecord[] {
  const folder = join(siteFolder, DRILLS_FOLDER);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return valueOf(parseDrillRecord(JSON.parse(text) as unknown, name), name);
  });
}

/** Writes the report with its signature, and the key by which that is verified. @returns Its file. */
export function writeRecord(siteFolder: string, record: DrillRecord, privateKey: string): string {
  const folder = join(siteFolder, DRILLS_FOLDER);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${record.begunAt.replace(/\.\d+Z$/, "Z").replaceAll(":", "")}.json`);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  const { signature, publicKey } = signed(text, privateKey);
  const signers = join(folder, "allowed_signers");
  const line = `${record.site.split("/").at(-1) ?? record.site} namespaces="${NAMESPACE}" ${publicKey}`;
  const known = existsSync(signers) ? readFileSync(signers, "utf8").split("\n").filter(Boolean) : [];
  if (!known.includes(line)) writeWhole(signers, `${[...known, line].join("\n")}\n`);
  writeWhole(file, text);
  writeWhole(`${file}.sig`, signature);
  return file;
}

/** Puts what was measured in the place of what was assumed. @returns What was written, each in a sentence. */
export function feedPlanning(siteFolder: string, record: DrillRecord, rates: Rates): string[] {
  const former = readPlanning(siteFolder);
  const measured = drillMeasurements(record.guests, rates, record.endedAt.slice(0, "2026-11-27".length));
  if (measured.length === 0) return [];
  writePlanning(siteFolder, { ...former, measured: withNewer(former.measured, measured) });
  return measured.map(({ rate, value, how }) => `${rate}: ${Number(value.toPrecision(4))}, measured in ${how}`);
}
