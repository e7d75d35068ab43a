import * as z from "zod";

import { type PveClient } from "../clients/pve-client";
import { type Site } from "./site";

/**
 * The first of `tokenIds` with which a storage of the site's nodes logs in now, and is let in: its secret stands where it is
 * needed, and nobody else has to hold it. Undefined where none does.
 */
export async function workingLogin(site: Site, tokenIds: readonly string[]): Promise<string | undefined> {
  if (!site.hasPve || tokenIds.length === 0) return undefined;
  const pve = site.pve();
  const entries = (await pve.storages()).filter(({ type, disable }) => type === "pbs" && disable !== true);
  for (const tokenId of tokenIds) {
    for (const { storage } of entries.filter(({ username }) => username === tokenId)) {
      if (await isActiveSomewhere(pve, storage)) return tokenId;
    }
  }
  return undefined;
}

const NODES = z.array(z.looseObject({ node: z.string(), status: z.string().optional() }));
const SEEN = z.array(z.looseObject({ storage: z.string(), active: z.union([z.number(), z.boolean()]).optional() }));

/** PVE calls a pbs storage active when the server answered its login and showed the datastore. */
async function isActiveSomewhere(pve: PveClient, storage: string): Promise<boolean> {
  const nodes = await pve.ask(NODES, { method: "GET", path: "/nodes" });
  for (const { node } of nodes.filter(({ status }) => status === undefined || status === "online")) {
    const path = `/nodes/${encodeURIComponent(node)}/storage`;
    const [entry] = await pve.ask(SEEN, { method: "GET", path, parameters: { storage } });
    if (entry !== undefined && Number(entry.active ?? 0) === 1) return true;
  }
  return false;
}
