import * as z from "zod";

import { anyOf, as, hasShell, onPbs } from "./client";
import { type Door } from "./door";
import { deletedThroughPve } from "./guest-attempts";
import { keptOut } from "./lock-out";
import { newest, overwrittenOnDisk, parametersOf, readBy, readOnDisk } from "./snapshot";
import { type Row, type Verdict } from "./table";
import { type Thief } from "./thief";

const NOTHING = z.unknown();

/** Tries everything to the backups of a server that has them on its disks. */
export async function triedOnServer(thief: Thief, door: Door, home: Door): Promise<Row> {
  const isRoot = await hasShell(thief, door.machine, door);
  const victim = await newest(door);
  const overwritten =
    (isRoot && overwrittenOnDisk(door, victim.id)) ||
    (await anyOf(thief.logins, (login) =>
      as(door, login).backup({ ...victim, blobs: { "fake.conf": Buffer.from("x") }, images: {} }),
    ));
  const read = isRoot ? await readOnDisk(thief, door, victim) : await readBy(thief, door, victim);
  const locked = isRoot || (await keptOut(thief, door, home));
  const deleted =
    isRoot ||
    (await deletedBy(thief, door)) ||
    (door.machine === home.machine && (await deletedThroughPve(thief, home, victim.id, victim.time)));
  const said = (can: boolean): Verdict => (can ? "yes" : "no");
  return { delete: said(deleted), overwrite: said(overwritten), read, "lock out": said(locked) };
}

/** Whether any login has the server forget a backup. */
export async function deletedBy({ logins }: Thief, door: Door): Promise<boolean> {
  const path = `/admin/datastore/${door.store}/snapshots`;
  const parameters = parametersOf(await newest(door));
  return anyOf(logins, (login) =>
    onPbs(door, login, (pbs) => pbs.ask(NOTHING, { method: "DELETE", path, parameters })),
  );
}
