import * as z from "zod";

import { type PveClient } from "./pve-client";
import { TEXT } from "./pve-shapes";

const PATH = "/cluster/options";
const NETWORKED = z.looseObject({ type: TEXT, network: TEXT }).optional();
const SETTINGS = z.looseObject({
  ha: z.looseObject({ shutdown_policy: TEXT }).optional(),
  migration: NETWORKED,
  replication: NETWORKED,
});

/** Options of a whole cluster, as far as the program has to do with them. */
export type ClusterSettings = Pick<z.infer<typeof SETTINGS>, "ha" | "migration" | "replication">;

/**
 * Options of a whole cluster, which PVE keeps in datacenter.cfg.
 * @see https://pve.proxmox.com/pve-docs/datacenter.cfg.5.html
 */
export class ClusterClient {
  constructor(private readonly pve: Pick<PveClient, "ask">) {}

  /** Options that are set; those with parts come taken apart. */
  settings(): Promise<ClusterSettings> {
    return this.pve.ask(SETTINGS, { method: "GET", path: PATH });
  }

  /** Sets options, and takes some back to PVE's default. Others stay. */
  async change(set: Readonly<Record<string, string>>, unset: readonly string[]): Promise<void> {
    if (Object.keys(set).length === 0 && unset.length === 0) return;
    const parameters = { ...set, ...(unset.length > 0 && { delete: [...unset] }) };
    await this.pve.ask(z.unknown(), { method: "PUT", path: PATH, parameters });
  }
}
