import * as z from "zod";

import { type DrHostSettings } from "../../estate/dr-host-settings";
import { PbsClient } from "../../provider/clients/pbs-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { type Talk } from "../site/talk";
import { savedOf, type Saved } from "./evidence";

/** How guests are stopped and backed up for the last time. */
export interface SaveOrder {
  /** The host's API. */
  readonly pve: PveClient;
  /** Settings of the stack. */
  readonly settings: DrHostSettings;
  /** Secret of the login that writes the nightly backups. */
  readonly nightlySecret: string;
}

/** What saving would do, for a person who has to say yes to it. */
export function saveLines(unsaved: readonly Saved[]): string[] {
  return [
    "These hold something that is in no backup that was read again:",
    ...unsaved.map(({ guest: { guest, name }, unsaved: why }) => `  ${guest} ${name}: ${why ?? ""}`),
    `They would be shut down, one after the other, and backed up once more while they are off: nobody is served by them meanwhile.`,
  ];
}

/**
 * Shuts guests down, backs them up while they are off, and lets the server read those backups again. Nothing pulls a plug: one that does
 * not shut down ends it, and stays on.
 * @throws {Error} With a cure. Guests that are off by then stay off; run again, it goes on with the rest.
 */
export async function save(
  { pve, settings, nightlySecret }: SaveOrder,
  unsaved: readonly Saved[],
  talk: Talk,
): Promise<void> {
  const client = new RestoreClient(pve);
  const { storage } = settings.nightly;
  const pbs = PbsClient.at(settings.nightly, { tokenId: settings.nightly.authId, secret: nightlySecret });
  try {
    for (const { guest, place, runs } of unsaved) {
      const who = `${guest.guest} ${guest.name}`;
      if (runs) {
        talk.say(`${who}: shutting down`);
        await client.shutdown(place, SHUTDOWN_SECONDS).catch((error: unknown) => {
          throw notOff(who, error);
        });
      }
      const [now] = await savedOf(pve, [guest], storage);
      if (now?.unsaved === undefined) continue;
      if (!now.onlyUnread) {
        talk.say(`${who}: backing it up while it is off`);
        await client.backUp(place, storage);
      }
      talk.say(`${who}: its backup is read again`);
      await verify(pbs, settings, guest.guest);
    }
  } finally {
    await pbs.close();
  }
}

const SHUTDOWN_SECONDS = 300;

/** Lets the server read the newest backups of a guest again. The owner of a group may ask for that. */
async function verify(pbs: PbsClient, { nightly }: DrHostSettings, guest: string): Promise<void> {
  const [type, id] = guest.split(":");
  const group = { ns: nightly.namespace, "backup-type": type ?? "", "backup-id": id ?? "" };
  const parameters = { ...group, "ignore-verified": true };
  const path = `/admin/datastore/${encodeURIComponent(nightly.datastore)}/verify`;
  await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters }));
}

function notOff(who: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(
    `${who} did not shut down within ${SHUTDOWN_SECONDS} s, and nothing pulls its plug: ${reason}\n` +
      "Cure: shut it down from within, then run this again.",
    { cause: error },
  );
}
