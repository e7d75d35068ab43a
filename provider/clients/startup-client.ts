import * as z from "zod";

import { type PveClient } from "./pve-client";
import { TEXT } from "./pve-shapes";

const GUEST = z.looseObject({ vmid: z.number(), type: z.enum(["qemu", "lxc"]), node: z.string() });
const CONFIG = z.looseObject({ startup: TEXT, digest: TEXT });

/** A guest's place in the start of its node, as PVE keeps it. */
export interface StartupLine {
  /** `order=2,up=60`; undefined where none is set. */
  readonly line: string | undefined;
  /** Digest of the guest's configuration: a change of somebody else in between is refused by it. */
  readonly digest: string | undefined;
  /** Where its configuration is written: the node that has it now. */
  readonly path: string;
}

/**
 * The order in which nodes start guests, which stands in each guest's own configuration.
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_startup_and_shutdown
 */
export class StartupClient {
  constructor(private readonly pve: Pick<PveClient, "ask">) {}

  /** A guest's line; undefined when the login sees no such guest. */
  async read(vmid: number): Promise<StartupLine | undefined> {
    const request = { method: "GET" as const, path: "/cluster/resources", parameters: { type: "vm" } };
    const guest = (await this.pve.ask(z.array(GUEST), request)).find((one) => one.vmid === vmid);
    if (guest === undefined) return undefined;
    const path = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${vmid}/config`;
    const { startup: line, digest } = await this.pve.ask(CONFIG, { method: "GET", path });
    return { line, digest, path };
  }

  /** Writes a line where `seen` was read; without one the guest has no place any more. Nothing else of it is touched. */
  async write({ path, digest }: StartupLine, line: string | undefined): Promise<void> {
    const change = line === undefined ? { delete: ["startup"] } : { startup: line };
    const parameters = { ...change, ...(digest !== undefined && { digest }) };
    await this.pve.ask(z.unknown(), { method: "PUT", path, parameters });
  }
}
