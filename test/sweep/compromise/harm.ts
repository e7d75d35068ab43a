import { randomBytes } from "node:crypto";

import * as z from "zod";

import { plantChunk } from "../../support/planted-chunk";
import { as, onPbs, ownerOf } from "./client";
import { type Door } from "./door";
import { newest, parametersOf } from "./snapshot";
import { type Stolen } from "./thief";

const NOTHING = z.unknown();

/** Switches the protection of the newest backup of a guest. */
export async function setProtection(door: Door, login: Stolen, isProtected: boolean): Promise<void> {
  const parameters = { ...parametersOf(await newest(door)), protected: isProtected };
  const path = `/admin/datastore/${door.store}/protected`;
  await onPbs(door, login, (pbs) => pbs.ask(NOTHING, { method: "PUT", path, parameters }));
}

/** Plants a chunk under the name of what somebody else backs up in clear later; that backup ends well. */
export async function spoilNextBackup(door: Door): Promise<{ readonly read: () => Promise<unknown> }> {
  const data = randomBytes(65_536);
  const { address, fingerprint } = door.lab.sheet.pbs[door.server]!;
  const target = { server: address, port: 8007, fingerprint, ...door.writer, datastore: door.store, ns: "" };
  await plantChunk(target, "host/thief", data);
  const victim = { type: "host", id: "in-clear", time: Math.floor(Date.now() / 1_000) - 60 } as const;
  const owner = as(door, ownerOf(door));
  await owner.backup({ ...victim, blobs: {}, images: { "root.img": data } });
  return { read: () => owner.restore(victim) };
}

/** Rereads everything; what is not whole fails it. */
export async function reread(door: Door): Promise<void> {
  const path = `/admin/datastore/${door.store}/verify`;
  await onPbs(door, ownerOf(door), async (pbs) => {
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path, parameters: { "ignore-verified": false } }));
  });
}
