import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { REBUILD_FILE } from "../../estate/rebuild-plan";
import { SERVING_FILE, type ServingGuest } from "../../estate/serving-record";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { type Stack } from "../engine/stack";
import { exportState } from "../engine/state";
import { savedOf, type Saved } from "../failback/evidence";
import { readServing, servingThere } from "../rebuild/serving";
import { cloudLines, endAgreement } from "./cloud-down";
import { leavingOf } from "./down";
import { type Talk } from "./talk";
import { makeReady } from "./up";

/**
 * Takes guests of a lost site off somebody else's node, with their disks, and then storage entry, key and job. Their backups stay.
 * @returns Whether it was done.
 * @throws {Error} By name, before anything is changed, while a guest holds something that is in no backup that was read again.
 */
export async function hostDown(stack: Stack<DrHostSettings>, pve: PveClient, talk: Talk): Promise<boolean> {
  const { settings, siteFolder } = stack;
  rejectUnfinished(siteFolder);
  await makeReady(stack, talk);
  const there = await servingThere(new RestoreClient(pve), readServing(siteFolder, settings.home));
  const saved = await allSaved(pve, there, settings);
  const { removed } = leavingOf((await exportState(stack)).resources);
  const { node } = settings.host;
  for (const { guest, snapshot } of saved)
    talk.say(
      `DESTROYS ${guest.guest} ${guest.name} on ${node} with its disks; all it holds is in the backup of ${timeOf(snapshot)}`,
    );
  for (const line of removed) talk.say(`goes:  ${line}`);
  talk.say(`goes:  the storage entries of ${node} with our logins, and the key in them`);
  for (const line of cloudLines(settings)) talk.say(line);
  const { datastore, address, namespace } = settings.nightly;
  talk.say(`stays: the backups in ${namespace} of ${datastore} on ${address}`);
  const typed = await talk.ask(`Type the name of the stack, ${stack.name}, to take these guests off ${node}: `);
  if (typed !== stack.name) {
    talk.say("That is another name; nothing was changed.");
    return false;
  }
  for (const { guest } of saved) await takeAway(pve, guest, settings);
  await endStack(stack, pve);
  putAside(siteFolder);
  endAgreement(siteFolder);
  return true;
}

/** What a rebuild has begun it knows alone: half of it would stay. @throws {Error} While one is not at its end. */
export function rejectUnfinished(folder: string): void {
  if (!existsSync(join(folder, REBUILD_FILE))) return;
  throw new Error(
    `A rebuild is not at its end: ${REBUILD_FILE} in ${folder} says what it still has to do.\n` +
      "Cure: make rebuild for this stack, which goes on with it.",
  );
}

/**
 * The job first, then the entry into which it wrote: what keeps a site's own entry from going keeps this one too, and on somebody else's
 * node the key in it has to go.
 */
async function endStack(stack: Stack<DrHostSettings>, pve: PveClient): Promise<void> {
  const { nightly, backups } = stack.settings;
  const done = async (args: readonly string[]) => {
    const { code } = await stack.run(args, { shown: true });
    if (code !== 0) throw new Error("The run ended early; run `make down` again when the reason above is gone.");
  };
  await done(["destroy", "--yes", "--skip-preview", "--exclude-protected"]);
  const isOurs = (entry: Awaited<ReturnType<PveClient["storages"]>>[number]) =>
    [nightly, backups].some(({ address, datastore, authId }) => {
      return entry.server === address && entry.datastore === datastore && entry.username === authId;
    });
  for (const entry of (await pve.storages()).filter(isOurs)) await pve.removeStorage(entry.storage);
  await done(["state", "unprotect", "--all", "--yes"]);
  await done(["destroy", "--yes", "--skip-preview"]);
}

async function allSaved(pve: PveClient, there: readonly ServingGuest[], { nightly }: DrHostSettings): Promise<Saved[]> {
  if (there.length === 0) return [];
  const saved = await savedOf(pve, there, nightly.storage);
  const unsaved = saved.filter(({ unsaved: why }) => why !== undefined);
  if (unsaved.length === 0) return saved;
  throw new Error(
    ["These hold something that is in no backup that was read again, so nothing is taken away:"]
      .concat(unsaved.map(({ guest: { guest, name }, unsaved: why }) => `  ${guest} ${name}: ${why ?? ""}`))
      .concat(
        "Cure: `make failback` shuts them down, backs them up and brings them home; a dry run of it shows that first.",
      )
      .join("\n"),
  );
}

/** Looks once more right before: somebody may have started it since. */
async function takeAway(pve: PveClient, guest: ServingGuest, settings: DrHostSettings): Promise<void> {
  const [now] = await allSaved(pve, [guest], settings);
  if (now !== undefined) await new RestoreClient(pve).destroy(now.place);
}

/** What served, and when, for who asks later. */
function putAside(folder: string): void {
  const file = join(folder, SERVING_FILE);
  if (!existsSync(file)) return;
  const past = join(folder, "served");
  mkdirSync(past, { recursive: true });
  renameSync(
    file,
    join(
      past,
      `${new Date()
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replaceAll(":", "")}.json`,
    ),
  );
}

function timeOf(snapshot: Saved["snapshot"]): string {
  return snapshot?.time.toISOString() ?? "";
}
