import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { estateOf, type Estate } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { parseSettings, type Settings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { declaredRegistrations } from "../stacks/declared";
import { mockPulumi, settled } from "../support/mocks";

const REPOSITORY = join(__dirname, "../..");
/** An empty preview on the engine, in milliseconds: what a preview takes at least, so that the share is not made to look small. */
const PREVIEW = 2_400;
/** Share of a preview that components may cost over the same resources written flat. */
const MOST = 0.1;
const RUNS = 9;
const WARM_UP = 3;

interface Flat {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly options: { readonly protect: boolean; readonly retainOnDelete: boolean; readonly ignoreChanges: string[] };
}

/** A resource by its token, as a program without any components would write it. */
class Plain extends pulumi.CustomResource {
  constructor({ type, name, inputs, options }: Flat) {
    super(type, name, inputs, options);
  }
}

function site(stack: string): { readonly settings: Settings; readonly estate: Estate } {
  const file = parse(readFileSync(join(REPOSITORY, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const settings = valueOf(parseSettings(file.config["tappaas-resilience:settings"]), stack);
  const { inventory, observation } = valueOf(readSiteFolder(join(REPOSITORY, settings.site)), stack);
  return { settings, estate: valueOf(estateOf({ inventory, settings, observation }), stack) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** Declares the site through components and its very resources flat, turn by turn, and says what the components cost. */
async function main(): Promise<void> {
  const { settings, estate } = site("three-node");
  const declared = () => declaredRegistrations(settings, estate, "2026-11-20T04:00:00Z");
  const registrations = await declared();
  const flat = registrations.everything
    .filter(({ type }) => !type.startsWith("tappaas:"))
    .map(({ type, name }): Flat => {
      const { protect, retainOnDelete, ignoreChanges } = registrations.optionsOf(name, type);
      const inputs = registrations.ofType(type)[name] ?? {};
      return { type, name, inputs, options: { protect, retainOnDelete, ignoreChanges: [...ignoreChanges] } };
    });
  const written = async () => {
    await mockPulumi();
    for (const resource of flat) new Plain(resource);
    await settled();
  };
  const [through, plain]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS + WARM_UP; run += 1) {
    through.push(await timed(declared));
    plain.push(await timed(written));
  }
  const [components, alone] = [median(through.slice(WARM_UP)), median(plain.slice(WARM_UP))];
  const share = (components - alone) / PREVIEW;
  if (share > MOST) process.exitCode = 1;
  console.log(
    `${flat.length} resources of the three-node site: ${components.toFixed(0)} ms through components, ${alone.toFixed(0)} ms flat; ` +
      `${(share * 100).toFixed(1)} % of an empty preview, at most ${(MOST * 100).toFixed(0)} %.`,
  );
}

void main();
