import { readFileSync } from "node:fs";

import { Command } from "commander";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { readEscrow } from "../../provider/keys/escrow";
import { applyingClient } from "../applying-client";
import { parseGuestId } from "../../estate/units/guest-id";
import { isDrHost, type Stack } from "../engine/stack";
import { failbackChoice } from "../failback/choice";
import { savedOf, type Saved } from "../failback/evidence";
import { save, saveLines } from "../failback/save";
import { recordHome } from "../guard/come-home";
import { rebuild, type Rebuilt } from "../rebuild";
import { readServing, servingThere, writeServing } from "../rebuild/serving";
import { rebuildStackOf } from "../rebuild/stack";
import { siteOf } from "../report/knowledge";
import { withServer } from "../restore/elsewhere";
import { readSecret } from "../secrets";
import { rejectUnfinished } from "../site/host-down";
import { type Talk } from "../site/talk";

import { homeOf, hostClient } from "./rebuild-host";
import { tellEnd } from "./rebuild-end";
import { anyStackFrom, terminalTalk, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly escrowFile: string;
  readonly node?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `failback`: guests that serve on somebody else's node go home, with all that they wrote there. */
export function failbackCommand(): Command {
  return withStackOptions(new Command("failback"))
    .description(
      "bring guests home from somebody else's node: each is shut down there, backed up while it is off, that backup is read again, and only " +
        "then it comes home; shows what it would do, asks, and goes on where a run before it ended",
    )
    .requiredOption("--escrow-file <path>", "the escrow sheet")
    .option("--node <name>", "node at home for guests whose own is not there")
    .option("--dry-run", "show what would be done")
    .option("--yes", "do not ask")
    .option("--json", "print what was done as JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const stack = anyStackFrom(options);
  if (!isDrHost(stack))
    throw new Error(
      `${stack.name} is no stack of guests on somebody else's node.\nCure: name the one that is: make failback STACK=dr-host.`,
    );
  const failed = await failback(stack, options, terminalTalk(options.yes === true));
  tellEnd(failed, options.json);
}

async function failback(stack: Stack<DrHostSettings>, options: Options, talk: Talk): Promise<Rebuilt> {
  rejectUnfinished(stack.siteFolder);
  const host = await hostClient(stack);
  try {
    const saved = await savedBefore(stack, host, options, talk);
    return saved === undefined ? { end: "declined", left: [] } : await goHome(stack, host, saved, options, talk);
  } finally {
    await host.close();
  }
}

/** The guests with all that they hold in a backup that was read again; undefined when a person did not want that. */
async function savedBefore(
  { settings, settingsFile, siteFolder }: Stack<DrHostSettings>,
  pve: PveClient,
  { dryRun }: Options,
  talk: Talk,
): Promise<readonly Saved[] | undefined> {
  const record = readServing(siteFolder, settings.home);
  const away = record.guests.filter(({ wentHome }) => wentHome === undefined);
  const there = await servingThere(new RestoreClient(pve), { ...record, guests: away });
  const { storage } = settings.nightly;
  const saved = await savedOf(pve, there, storage);
  const unsaved = saved.filter(({ unsaved: why }) => why !== undefined);
  if (unsaved.length === 0) return saved;
  for (const line of saveLines(unsaved)) talk.say(line);
  if (dryRun === true) return saved;
  if (!(await talk.confirm(`Shut down and back up ${unsaved.length} guests on ${settings.host.node}?`))) {
    talk.say("Nothing was changed.");
    return undefined;
  }
  const nightlySecret = await readSecret(settingsFile, "nightlySecret", "NIGHTLY_SECRET");
  await save({ pve, settings, nightlySecret }, unsaved, talk);
  const after = await savedOf(pve, there, storage);
  const still = after.filter(({ unsaved: why }) => why !== undefined);
  if (still.length === 0) return after;
  throw new Error(
    ["These still hold something that is in no backup that was read again, so nothing goes home:"]
      .concat(still.map(({ guest: { guest, name }, unsaved: why }) => `  ${guest} ${name}: ${why ?? ""}`))
      .concat("Cure: see what the backups' tasks say, then run this again.")
      .join("\n"),
  );
}

async function goHome(
  drHost: Stack<DrHostSettings>,
  host: PveClient,
  saved: readonly Saved[],
  { escrowFile, node, dryRun }: Options,
  talk: Talk,
): Promise<Rebuilt> {
  const { settings, settingsFile, siteFolder } = drHost;
  const home = homeOf(drHost);
  const { estate, model } = siteOf(home);
  const escrow = withServer(readEscrow(readFileSync(escrowFile, "utf8")), settings.nightly);
  const password = await readSecret(settingsFile, "nightlySecret", "NIGHTLY_SECRET");
  const pve = await applyingClient(home);
  try {
    const stack = rebuildStackOf(home.settingsFile);
    const about = {
      stack,
      pve,
      escrow,
      login: { username: settings.nightly.authId, password },
      dryRun: dryRun === true,
      next: nextLine(settings),
    };
    const order = { pve, guests: estate.guests, model, saved, node };
    const rebuilt = await rebuild(
      {
        ...about,
        choose: (source) => failbackChoice(order, source),
        prepare: async () => {
          await keepOff(host, saved);
          return true;
        },
        done: (plan) => {
          markHome(siteFolder, settings.home, plan);
        },
      },
      talk,
    );
    // Last of all: until here home's nodes keep off what is not home yet.
    if (dryRun !== true && (rebuilt.end === "done" || rebuilt.end === "nothing"))
      await recordHome(home, drHost.name, stillAway(siteFolder, settings.home), talk);
    return rebuilt;
  } finally {
    await pve.close();
  }
}

/** What runs at home may not start elsewhere, too, when the host restarts. */
async function keepOff(host: PveClient, saved: readonly Saved[]): Promise<void> {
  const client = new RestoreClient(host);
  for (const { place } of saved) {
    const { onboot } = await client.config(place);
    if (onboot === 1) await client.startWithNode(place, false, undefined);
  }
}

function markHome(folder: string, home: string, plan: RebuildPlan): void {
  const record = readServing(folder, home);
  const came = new Set(plan.guests.map(({ guest }) => guest));
  const wentHome = new Date().toISOString();
  const guests = record.guests.map((guest) => (came.has(guest.of) ? { ...guest, wentHome } : guest));
  writeServing(folder, { ...record, guests });
}

function stillAway(folder: string, home: string): number[] {
  const away = readServing(folder, home).guests.filter(({ wentHome }) => wentHome === undefined);
  return away.map(({ of }) => parseGuestId(of).vmid);
}

function nextLine({ home, backups, nightly, host }: DrHostSettings): string {
  return [
    "What is left to do:",
    `  1. make up SITE=${home}: jobs, replicas and the rest.`,
    `  2. A new key for ${home}: root of ${host.node} could read the old one (docs/how-to/dr-host.md, "The key afterwards").`,
    `  3. Remove the logins ${backups.authId} and ${nightly.authId} on their servers.`,
    `  4. make down STACK=…: the guests on ${host.node} are off, and are taken away only then; their backups stay.`,
  ].join("\n");
}
