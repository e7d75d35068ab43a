import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { valueOf } from "../../estate/problem";
import { parseServingRecord, SERVING_FILE, type ServingGuest, type ServingRecord } from "../../estate/serving-record";
import { parseGuestId } from "../../estate/units/guest-id";
import { drTag } from "../../planning/host/moved-guest";
import { typeOf, type RestoreClient } from "../../provider/clients/restore-client";

/** What serves on somebody else's node, as it was written down; nothing before anything was restored. */
export function readServing(folder: string, home: string): ServingRecord {
  const file = join(folder, SERVING_FILE);
  if (!existsSync(file)) return { version: 1, home, guests: [] };
  const record = valueOf(parseServingRecord(JSON.parse(readFileSync(file, "utf8")) as unknown), SERVING_FILE);
  if (record.home === home) return record;
  throw new Error(
    `${file} is about guests of ${record.home}, and the settings name ${home}.\n` +
      "Cure: give guests of another site a stack and a folder of their own.",
  );
}

/** Writes it down; guests that stand in it already stay as they stand. */
export function writeServing(folder: string, record: ServingRecord): void {
  writeFileSync(join(folder, SERVING_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** The guests of the record that are really there: each bears our name and our tag. */
export async function servingThere(client: RestoreClient, { home, guests }: ServingRecord): Promise<ServingGuest[]> {
  const listed = await client.guests();
  const found = await Promise.all(
    guests.map(async (guest) => {
      const { kind, vmid } = parseGuestId(guest.guest);
      const type = typeOf(kind);
      const there = listed.find((one) => one.vmid === vmid && one.type === type && one.name === guest.name);
      if (there === undefined) return [];
      const { tags = "" } = await client.lines({ node: there.node, type, vmid });
      return tags.split(/[;, ]/).includes(drTag(home)) ? [guest] : [];
    }),
  );
  return found.flat();
}
