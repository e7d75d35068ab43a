import { basename } from "node:path";

import * as z from "zod";

import { parseToken } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { type PveStorage } from "../../provider/clients/pve-shapes";
import { readObserveToken } from "../secrets";
import { SettingsFile } from "../settings-file";

const NODES = z.record(z.string(), z.looseObject({ api: z.string() }));

/**
 * Storage entries of a stack's nodes. The settings are not whole yet when a key is taken in: they lack its fingerprint.
 * @throws {Error} When the stack names no node, or none answers.
 */
export async function storagesOfNodes(settingsFile: string): Promise<PveStorage[]> {
  const settings = new SettingsFile(settingsFile);
  const [node] = Object.values(NODES.safeParse(settings.get("nodes")).data ?? {});
  if (node === undefined) {
    throw new Error(
      `${basename(settingsFile)} names no node whose key this one could be compared with.\n` +
        "Cure: make enrol HOST=… first, or say --expect <fingerprint>.",
    );
  }
  const authority = settings.get("caCertificate");
  const trust = typeof authority === "string" ? { authority } : {};
  const login = parseToken(await readObserveToken(settingsFile), "PVE");
  const pve = new PveClient({ endpoint: node.api, trust, login });
  try {
    return await pve.storages();
  } finally {
    await pve.close();
  }
}
