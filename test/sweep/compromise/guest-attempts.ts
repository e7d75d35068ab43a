import { readFileSync } from "node:fs";

import * as z from "zod";

import { type PveClient } from "../../../provider/clients/pve-client";
import { pveOf } from "../../engine/support/lab-site";
import { anyOf, hasShell, NODE, onPve, shellRan } from "./client";
import { type Door } from "./door";
import { newest } from "./snapshot";
import { type Row, type Verdict } from "./table";
import { type Thief } from "./thief";

const NOTHING = z.unknown();
const VICTIM = 9800;

/** Tries everything to a guest on the node. */
export async function triedOnGuest(thief: Thief, home: Door): Promise<Row> {
  const isRoot = await hasShell(thief, "node", home);
  const any = (attempt: (pve: PveClient) => Promise<unknown>) =>
    anyOf(thief.logins, (login) => onPve(home.lab, login, attempt));
  const change = { method: "PUT" as const, path: `/nodes/${NODE}/qemu/${VICTIM}/config` };
  const dump = { method: "POST" as const, path: `/nodes/${NODE}/vzdump` };
  await ensureVictim(home);
  const overwritten = await any((pve) => pve.ask(NOTHING, { ...change, parameters: { memory: 1024 } }));
  const read = await any((pve) =>
    ended(pve, pve.ask(z.string(), { ...dump, parameters: { vmid: String(VICTIM), storage: "tappaas_backup" } })),
  );
  const locked = await any((pve) => pve.ask(NOTHING, { ...change, parameters: { protection: true } }));
  if (locked) await owner(home, (pve) => pve.ask(NOTHING, { ...change, parameters: { protection: false } }));
  const deleted = isRoot
    ? await destroyedByRoot(thief, home)
    : (await any((pve) =>
        ended(pve, pve.ask(z.string(), { method: "DELETE", path: `/nodes/${NODE}/qemu/${VICTIM}` })),
      )) || (await any((pve) => ended(pve, pve.ask(z.string(), { method: "DELETE", path: VOLUME }))));
  const said = (can: boolean): Verdict => (can || isRoot ? "yes" : "no");
  return { delete: deleted ? "yes" : "no", overwrite: said(overwritten), read: said(read), "lock out": said(locked) };
}

const VOLUME = `/nodes/${NODE}/storage/tanka1/content/tanka1:vm-${VICTIM}-disk-0`;

/** Whether PVE deletes a backup for somebody, which it does with its own login on the backup server. */
export async function deletedThroughPve(thief: Thief, home: Door, id: string, time: number): Promise<boolean> {
  const volume = `tappaas_backup:backup/ct/${id}/${moment(time)}`;
  const path = `/nodes/${NODE}/storage/tappaas_backup/content/${volume}`;
  return anyOf(thief.logins, (login) =>
    onPve(home.lab, login, (pve) => ended(pve, pve.ask(z.string(), { method: "DELETE", path }))),
  );
}

/** A guest for thieves, read back from the last night, that never runs. */
async function ensureVictim(home: Door): Promise<void> {
  await owner(home, async (pve) => {
    const guests = await pve.ask(z.array(z.looseObject({ vmid: z.coerce.number() })), {
      method: "GET",
      path: `/nodes/${NODE}/qemu`,
    });
    if (guests.some(({ vmid }) => vmid === VICTIM)) {
      await ended(pve, pve.ask(z.string(), { method: "DELETE", path: `/nodes/${NODE}/qemu/${VICTIM}` }));
    }
    const { time } = await newest(home, "610");
    const archive = `tappaas_backup:backup/vm/610/${moment(time)}`;
    const parameters = { vmid: VICTIM, archive, storage: "tanka1" };
    await ended(pve, pve.ask(z.string(), { method: "POST", path: `/nodes/${NODE}/qemu`, parameters }));
  });
}

async function destroyedByRoot(thief: Thief, home: Door): Promise<boolean> {
  const own = readFileSync(home.lab.sheet.nodes[NODE]!.ssh.privateKeyFile, "utf8");
  const keys = thief.root.includes("node") ? [own] : thief.keys;
  const ran = await Promise.all(keys.map((key) => shellRan(home, "node", key, `qm destroy ${VICTIM}`)));
  return ran.some(Boolean);
}

function moment(time: number): string {
  return new Date(time * 1_000).toISOString().replace(".000", "");
}

async function owner<T>({ lab }: Door, work: (pve: PveClient) => Promise<T>): Promise<T> {
  const pve = pveOf(lab.sheet, NODE);
  return work(pve).finally(() => pve.close());
}

async function ended(pve: PveClient, upid: Promise<string>): Promise<void> {
  await pve.taskEnd(NODE, await upid);
}
