import * as z from "zod";

import { ApiError, isUnanswered, NotPermitted } from "../clients/api-error";
import { type PveClient } from "../clients/pve-client";
import { caseless, text, type Fields } from "./fields";
import { type Site } from "./site";

const NODES = z.array(z.looseObject({ node: z.string(), status: z.string().optional() }));
const BACKUPS = z.array(
  z.looseObject({
    volid: z.string(),
    vmid: z.coerce.number(),
    ctime: z.coerce.number().default(0),
    encrypted: z.string().optional(),
  }),
);

/** How many guests' newest backups are tried: one alone may be damaged for another reason. */
const TRIED = 2;

/**
 * Whether a node still reads, with the key that it has, what that key encrypted; undefined where nobody can say: there is no backup
 * yet, the server is down, the login may not look. PVE shows the fingerprint of the key that it was given, also when the key itself
 * is gone from its disk: then no backup runs, and none can be read back there.
 */
export async function keyOpensBackups(site: Site, entry: Fields): Promise<boolean | undefined> {
  if (entry["encryptionKeyFingerprint"] === undefined || entry["disable"] === true) return undefined;
  try {
    const pve = site.pve();
    const node = await nodeOf(pve, entry);
    if (node === undefined) return undefined;
    const place = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(text(entry, "storage"))}`;
    const backups = await pve.ask(BACKUPS, {
      method: "GET",
      path: `${place}/content`,
      parameters: { content: "backup" },
    });
    const tried = newestOf(backups, caseless(entry["encryptionKeyFingerprint"]));
    if (tried.length === 0) return undefined;
    for (const { volid } of tried) if (await opens(pve, place, volid)) return true;
    return false;
  } catch (error) {
    if (isUnanswered(error)) return undefined;
    throw error;
  }
}

/** A node that is on and uses the storage. */
async function nodeOf(pve: PveClient, { nodes: allowed }: Fields): Promise<string | undefined> {
  const nodes = await pve.ask(NODES, { method: "GET", path: "/nodes" });
  const online = nodes.filter(({ status }) => status === undefined || status === "online").map(({ node }) => node);
  return online.find((node) => !Array.isArray(allowed) || allowed.length === 0 || allowed.includes(node));
}

/** The newest backup of each of the guests that were backed up last with that key. */
function newestOf(backups: z.infer<typeof BACKUPS>, key: unknown): z.infer<typeof BACKUPS> {
  const newest = new Map<number, z.infer<typeof BACKUPS>[number]>();
  for (const backup of backups.filter(({ encrypted }) => caseless(encrypted) === key).toSorted(byTime)) {
    if (!newest.has(backup.vmid)) newest.set(backup.vmid, backup);
  }
  return [...newest.values()].slice(0, TRIED);
}

function byTime(one: { ctime: number }, other: { ctime: number }): number {
  return other.ctime - one.ctime;
}

/**
 * Lists what is in a backup, which takes its key and starts nothing.
 * @throws {Error} When the node could not try.
 */
async function opens(pve: PveClient, place: string, volume: string): Promise<boolean> {
  const request = { method: "GET", path: `${place}/file-restore/list`, parameters: { volume, filepath: "/" } } as const;
  try {
    await pve.ask(z.unknown(), request);
    return true;
  } catch (error) {
    if (error instanceof ApiError && !(error instanceof NotPermitted) && error.status === 500) return false;
    throw error;
  }
}
