import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readSheet, stopLab } from "../lab-site/lab";
import { placesOf, REPOSITORY, type Places } from "../lab-site/places";
import { observeLabSite, prepareLabSite, type LabSite } from "../lab-site/prepare";
import { labStack, type LabStack } from "../lab-site/stack";
import { PROJECT, writtenStack } from "../lab-site/stack-settings";
import { writeLabStack } from "../lab-site/written-stack";
import { type Found } from "./comment";
import { planOf } from "./plan";
import { reportChange } from "./report";

/** Name of the lab site of previews. */
const LAB = "pull-request";

/**
 * What this checkout's program would do to a site that the base's program runs: the base's is applied to a stand-in for the site
 * as it was last observed, this one's is previewed on the state that it leaves. It needs no login and reaches nothing but loopback.
 * @param breakGlass Why what the report stops is to pass all the same.
 * @throws {Error} When the base's program cannot be applied.
 */
export async function previewChange(
  base: string,
  stack: string,
  say: (line: string) => void,
  breakGlass?: string,
): Promise<Found> {
  const report = await reportChange(base, stack, breakGlass);
  const places = placesOf(LAB, stack);
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
  const { day, missing, observedAt } = standIn(base, stack, placesOf(LAB, stack));
  try {
    say(`Applying the program of ${base} to the stand-in.`);
    const before = await applied(base, stack, day);
    say("Previewing this program on the state that it left.");
    const { plan, differences } = await planned(before, stack, join(base, settingsOf(base, stack).site));
    return { stack, plan, observedAt, missing, differences, report };
  } finally {
    stopLab(placesOf(LAB, stack, base));
  }
}

interface StandIn {
  readonly day: string;
  readonly missing: readonly string[];
  readonly observedAt: string | undefined;
}

/** The machines of the site's last observation; of a reference site at which nobody has looked those of its first day. */
function standIn(base: string, stack: string, { root }: Places): StandIn {
  const written = settingsOf(base, stack);
  const observed = join(base, written.site, "observed.json");
  if (!existsSync(observed)) return { day: referenceDay(stack), missing: [], observedAt: undefined };
  const args = [
    "--import=tsx",
    join(REPOSITORY, "lab/main.ts"),
    "describe",
    observed,
    ...freeDisks(written, settingsOf(REPOSITORY, stack)),
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
  if (status !== 0) throw new Error(`${observed} cannot be stood in for: ${stderr.trim()}`);
  const { description, missing } = JSON.parse(stdout) as { description: unknown; missing: string[] };
  const day = join(root, "day-one.json");
  writeFileSync(day, JSON.stringify(description));
  const { takenAt } = JSON.parse(readFileSync(observed, "utf8")) as { takenAt: string };
  return { day, missing, observedAt: takenAt };
}

/**
 * The machines of a reference site.
 * @throws {Error} When it is none: of a site that nobody has looked at it is not known what it has.
 */
export function referenceDay(stack: string): string {
  const day = join(REPOSITORY, "lab/sites", `${stack}.json`);
  if (existsSync(day)) return day;
  throw new Error(
    `Nobody has looked at the site of Pulumi.${stack}.yaml, so that nothing can stand in for it.\n` +
      `Cure: make observe SITE=${stack}, and commit observed.json, which it writes into the site's folder.`,
  );
}

interface WrittenSettings {
  readonly site: string;
  readonly pools?: readonly { readonly node: string; readonly disks: readonly string[] }[];
}

function settingsOf(repository: string, stack: string): WrittenSettings {
  return writtenStack({ repository, stack }).config[`${PROJECT}:settings`] as WrittenSettings;
}

/** Disks that the settings name for pools; those that were seen in one are there already. */
function freeDisks(...settings: readonly WrittenSettings[]): string[] {
  const pools = settings.flatMap(({ pools: declared = [] }) => declared);
  const names = pools.flatMap(({ node, disks }) => disks.map((disk) => `${node}/${disk}`));
  return [...new Set(names)].flatMap((name) => ["--free-disk", name]);
}

/** The stand-in with the base's program applied to it. */
async function applied(base: string, stack: string, day: string): Promise<LabSite> {
  const places = placesOf(LAB, stack, base);
  stopLab(places);
  for (const folder of [places.lab, places.backend, places.site]) rmSync(folder, { recursive: true, force: true });
  rmSync(join(places.root, "written"), { force: true });
  const site = await prepareLabSite(placesOf(LAB, stack, base), { program: { repository: base, stack }, day });
  const looked = await observeLabSite(site, true);
  if (looked !== 0) throw new Error("The stand-in could not be looked at by the base's program.");
  const { code, stdout, stderr } = await site.stack.onStack(["up", "--yes", "--skip-preview"], { quiet: true });
  if (code !== 0)
    throw new Error(`The base's program cannot be applied to the stand-in:\n${readable(stdout + stderr)}`);
  return site;
}

/** The end of what the engine printed, without lines that hold whole scripts. */
function readable(printed: string): string {
  const lines = printed.split("\n").filter((line) => line.length < 400 && line.trim() !== "");
  return lines.slice(-30).join("\n");
}

/**
 * The plan of this checkout's program, on the machines, state and secrets of the base's; and where that state is another than the
 * one that the last real run left, by the digest in `siteFolder`.
 */
async function planned({ places }: LabSite, stack: string, siteFolder: string) {
  const own = placesOf(LAB, stack);
  const shared = { ...places, root: own.root, site: own.site, stackFile: own.stackFile, trustFile: own.trustFile };
  const program = { repository: REPOSITORY, stack };
  const engine = await labStack(shared, program);
  // The settings files share one salt: the state's secrets were made with it.
  copyFileSync(places.stackFile, own.stackFile);
  const sheet = readSheet(places);
  const { fingerprint } = JSON.parse(
    (
      await engine.command(
        ["key", "show", "--key-file", places.keyFile, "--identity-file", places.identityFile, "--json"],
        { quiet: true },
      )
    ).stdout,
  ) as { fingerprint: string };
  await writeLabStack(shared, sheet, engine, fingerprint);
  copyFileSync(join(places.site, "observed.json"), join(own.site, "observed.json"));
  const differences = await differencesFrom(siteFolder, engine, places.stackFile);
  const plan = planOf(await engine.command(["preview", "--json", "--settings", own.stackFile], { quiet: true }));
  return { plan, differences };
}

/** Where the rebuilt state is another than the committed digest says; undefined when none was committed. */
async function differencesFrom(siteFolder: string, engine: LabStack, settings: string): Promise<string[] | undefined> {
  const args = ["state", "digest", "--against", siteFolder, "--settings", settings];
  const { code, stdout, stderr } = await engine.command(args, { quiet: true });
  if (code !== 0) throw new Error(`The rebuilt state has no digest: ${stderr.trim()}`);
  return (JSON.parse(stdout) as string[] | null) ?? undefined;
}
