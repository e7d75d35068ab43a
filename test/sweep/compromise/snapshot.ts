import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pbsOf } from "../../engine/support/lab-site";
import { as, ownerOf } from "./client";
import { type Door } from "./door";
import { type Verdict } from "./table";
import { type Stolen, type Thief } from "./thief";

/** A backup, as the client names it. */
export interface Snapshot {
  readonly type: "vm" | "ct";
  readonly id: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** Newest backup of a guest in a datastore. */
export async function newest({ lab, server, store }: Door, id = "312"): Promise<Snapshot> {
  const pbs = pbsOf(lab.sheet, server);
  try {
    const all = (await pbs.snapshots(store)).filter((one) => one["backup-id"] === id);
    const [last] = all.toSorted((a, b) => b["backup-time"] - a["backup-time"]);
    if (last === undefined) throw new Error(`no backup of ${id} in ${store}`);
    return { type: last["backup-type"] as "vm" | "ct", id, time: last["backup-time"] };
  } finally {
    await pbs.close();
  }
}

/** The same as PBS' API takes it. */
export function parametersOf({ type, id, time }: Snapshot) {
  return { "backup-type": type, "backup-id": id, "backup-time": time };
}

/** What of a backup is read with any login, and the key if it was found. */
export async function readBy({ logins, backupKey }: Thief, door: Door, snapshot: Snapshot): Promise<Verdict> {
  return best(await Promise.all(logins.map((login) => readWith(door, login, snapshot, backupKey))));
}

/** Root of the server has every byte, and as much of its content as the key opens. */
export function readOnDisk({ backupKey }: Thief, door: Door, snapshot: Snapshot): Promise<Verdict> {
  return readWith(door, ownerOf(door), snapshot, backupKey);
}

/** The most that any of them gives. */
export function best(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes("yes") ? "yes" : verdicts.includes("encrypted") ? "encrypted" : "no";
}

async function readWith(door: Door, login: Stolen, snapshot: Snapshot, key: string | undefined): Promise<Verdict> {
  try {
    await as(door, login).restore(snapshot, key);
    return "yes";
  } catch (error) {
    // The manifest and every chunk came; what is missing is the key.
    return error instanceof Error && /missing key|wrong key/.test(error.message) ? "encrypted" : "no";
  }
}

/** Root of the server writes the files of a backup; what was there is put back. */
export function overwrittenOnDisk({ lab, server, path }: Door, id: string): boolean {
  const group = join(lab.places.lab, "machines", server, "disk", path, "ct", id);
  const [time = ""] = existsSync(group)
    ? readdirSync(group)
        .filter((name) => name.includes("T"))
        .toSorted()
        .toReversed()
    : [];
  const file = join(group, time, "index.json.blob");
  const before = readFileSync(file);
  writeFileSync(file, "overwritten");
  const isChanged = readFileSync(file, "utf8") === "overwritten";
  writeFileSync(file, before);
  return isChanged;
}
