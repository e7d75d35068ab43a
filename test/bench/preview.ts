import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { placesOf, REPOSITORY } from "../../tools/lab-site/places";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { labStack, type LabStack } from "../../tools/lab-site/stack";
import { initialise } from "../../tools/lab-site/written-stack";
import { forgetLabSite, freshLabSite } from "../engine/support/lab-site";
import { CHECKOUT } from "../engine/support/checkout";

/** Times that a preview through components may take what one of the same resources written flat takes. */
const MOST = 1.1;
const RUNS = 5;
const NAME = "bench-preview";
const STACK = "three-node";

const EXPORT = z.object({
  deployment: z.object({
    resources: z.array(
      z.looseObject({
        urn: z.string(),
        type: z.string(),
        custom: z.boolean().default(false),
        protect: z.boolean().default(false),
        retainOnDelete: z.boolean().default(false),
        inputs: z.record(z.string(), z.unknown()).default({}),
        provider: z.string().default(""),
        dependencies: z.array(z.string()).default([]),
      }),
    ),
  }),
});

/** Type and name of a URN: `pulumi:providers:resilience::site`. */
function named(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""}::${name.join("::")}`;
}

/** A checkout whose program is the flat one. */
function flatCheckout(root: string): string {
  const folder = join(root, "flat");
  mkdirSync(join(folder, "test/bench"), { recursive: true });
  for (const name of CHECKOUT) cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  cpSync(join(REPOSITORY, "test/bench/flat"), join(folder, "test/bench/flat"), { recursive: true });
  // The settings name the lab's site from where the program runs.
  for (const name of ["node_modules", ".lab"]) symlinkSync(join(REPOSITORY, name), join(folder, name));
  const project = readFileSync(join(folder, "Pulumi.yaml"), "utf8");
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    project.replace("main: stacks/index.ts", "main: test/bench/flat/index.ts"),
  );
  return folder;
}

/** What a run through components left, as a program without them writes it down. */
async function flatOf({ stack }: LabSite, file: string): Promise<number> {
  const { stdout } = await stack.pulumi(["stack", "export", "--show-secrets", "--stack", STACK], { quiet: true });
  const all = EXPORT.parse(JSON.parse(stdout)).deployment.resources.filter(({ custom }) => custom);
  const flat = all.map(({ urn, type, provider, inputs, protect, retainOnDelete, dependencies }) => {
    const name = named(urn).split("::").slice(1).join("::");
    return {
      type,
      name,
      inputs,
      protect,
      retainOnDelete,
      after: dependencies.map(named),
      provider: named(provider.split("::").slice(0, -1).join("::")),
    };
  });
  writeFileSync(file, JSON.stringify(flat), { mode: 0o600 });
  return flat.length;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

async function timed(work: () => Promise<{ code: number; stdout: string; stderr: string }>): Promise<number> {
  const before = performance.now();
  const { code, stdout, stderr } = await work();
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return performance.now() - before;
}

/**
 * Previews the three-node site on the real engine, in a stack that knows nothing yet, through components and written flat, turn by turn. A flat
 * one has the same resources, after each other as they are there, and no components.
 */
async function main(): Promise<void> {
  const site = await freshLabSite(NAME, "127.0.79", referenceStanding(STACK));
  try {
    if ((await observeLabSite(site, true)) !== 0) throw new Error("The lab's site cannot be observed.");
    await timed(() => site.stack.onStack(["up", "--yes", "--skip-preview"], { quiet: true }));
    const file = join(site.places.root, "flat.json");
    const resources = await flatOf(site, file);
    const backend = join(site.places.root, "fresh");
    mkdirSync(backend);
    const env = { PULUMI_BACKEND_URL: `file://${backend}`, BENCH_FLAT: file };
    const flat = await labStack(site.places, { repository: flatCheckout(site.places.root), stack: STACK });
    const pulumi: LabStack["pulumi"] = (args, options) => site.stack.pulumi(args, { ...options, env });
    await initialise(site.places, { ...site.stack, pulumi });
    const preview = ({ onStack }: typeof flat) => timed(() => onStack(["preview"], { quiet: true, env }));
    const times: { readonly through: number[]; readonly plain: number[] } = { through: [], plain: [] };
    for (let run = 0; run < RUNS; run += 1) {
      times.through.push(await preview(site.stack));
      times.plain.push(await preview(flat));
    }
    const [through, plain] = [median(times.through), median(times.plain)];
    if (through / plain > MOST) process.exitCode = 1;
    const seconds = (time: number) => `${(time / 1000).toFixed(1)} s`;
    console.log(
      `A preview of the three-node site with ${resources} resources: ${seconds(through)} through components, ${seconds(plain)} written flat; ` +
        `${(through / plain).toFixed(2)} times, at most ${MOST}.`,
    );
  } finally {
    forgetLabSite(NAME);
    rmSync(placesOf(NAME).root, { recursive: true, force: true });
  }
}

void main();
