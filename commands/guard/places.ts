import { setTimeout as wait } from "node:timers/promises";

import * as z from "zod";

import { placesOf, recordGroup, recordKeys, type RecordPlace } from "../../estate/return-guard";
import { PbsClient } from "../../provider/clients/pbs-client";
import { type Stack } from "../engine/stack";
import { readSecret } from "../secrets";
import { DnsRecord } from "./dns-record";

/** A place of record, open to be read and written. */
export interface OpenPlace {
  /** Its name in the settings. */
  readonly name: string;
  /** What stands there, a line each; nothing of it has been checked. @throws {Error} When it does not answer. */
  readonly read: () => Promise<string[]>;
  /** Puts a line there over the one that was there. @throws {Error} When it could not. */
  readonly write: (line: string) => Promise<void>;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/** The places of record of a site, with the logins that write. */
export async function openPlaces({ name, settings, settingsFile }: Stack): Promise<OpenPlace[]> {
  const { returnGuard } = settings;
  if (returnGuard === undefined) return [];
  return Promise.all(placesOf(returnGuard).map((place) => opened(place, name, settings.caCertificate, settingsFile)));
}

async function opened(
  place: RecordPlace,
  site: string,
  authority: string | undefined,
  settingsFile: string,
): Promise<OpenPlace> {
  if (place.kind === "pbs") {
    const key = recordKeys(place.name).writer;
    return onServer(place, site, await readSecret(settingsFile, key, `RECORD_WRITES_${place.name.toUpperCase()}`));
  }
  const token = await readSecret(settingsFile, "cloudflareApiToken", "CLOUDFLARE_API_TOKEN");
  const record = new DnsRecord(place.record, token, authority);
  return {
    name: place.name,
    read: () => record.seen(),
    write: async (line) => {
      await record.write(line);
      // A resolver shows the former one for as long as its time to live: the nodes would read that.
      for (let tries = 0; tries < RESOLVER_TRIES; tries += 1) {
        if ((await record.seen()).includes(line)) return;
        await wait(RESOLVER_PAUSE_MS);
      }
    },
    close: () => record.close(),
  };
}

const RESOLVER_PAUSE_MS = 5_000;
/** Three minutes: more than twice the time to live. */
const RESOLVER_TRIES = 36;

const SNAPSHOT = z.looseObject({
  "backup-type": z.string(),
  "backup-id": z.string(),
  "backup-time": z.number(),
  comment: z.string().nullish(),
});

function onServer(place: Extract<RecordPlace, { kind: "pbs" }>, site: string, secret: string): OpenPlace {
  const { datastore, namespace = "", writer, name } = place;
  const client = PbsClient.at(place, { tokenId: writer, secret }, [500]);
  const group = recordGroup(site);
  const base = `/admin/datastore/${encodeURIComponent(datastore)}`;
  const where = { ...(namespace !== "" && { ns: namespace }), "backup-type": "host", "backup-id": group };
  const snapshots = async () => {
    const parameters = { ...where };
    const all = await client.ask(z.array(SNAPSHOT), { method: "GET", path: `${base}/snapshots`, parameters });
    return all.toSorted((a, b) => b["backup-time"] - a["backup-time"]);
  };
  return {
    name,
    read: async () => (await snapshots()).flatMap(({ comment }) => comment ?? []),
    write: async (line) => {
      const [newest] = await snapshots();
      if (newest === undefined) throw new Error(noGroup(place, group));
      const parameters = { ...where, "backup-time": newest["backup-time"], notes: line };
      await client.ask(z.unknown(), { method: "PUT", path: `${base}/notes`, parameters });
    },
    close: () => client.close(),
  };
}

function noGroup(
  { name, datastore, namespace, writer, address }: { name: string } & Extract<RecordPlace, { kind: "pbs" }>,
  group: string,
): string {
  const at = namespace === undefined ? datastore : `namespace ${namespace} of ${datastore}`;
  return (
    `The place of record ${name} has no group host/${group} in ${at} on ${address}.\n` +
    `Cure: its owner makes it once and gives it to ${writer}; docs/how-to/return-guard.md has the commands.`
  );
}
