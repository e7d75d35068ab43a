import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { type PveClient } from "../../../provider/clients/pve-client";
import { readSheet, type LabNode } from "../../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { DrHostStack, type DrHostWritten } from "./dr-host";
import { pveOf } from "./lab-site";

/** Name of the stack whose node is made at AWS. */
export const STACK = "dr-cloud";
/** Name of that node. */
export const NODE = "cloud";

/** A stack whose node is made at AWS. */
export abstract class DrCloudStack extends DrHostStack {
  constructor(site: LabSite) {
    super(site, STACK);
  }

  override settings(): DrHostWritten {
    const { aws } = this.site.sheet;
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7u5KJfT6E1mXh0t1d5W0cJv9M0r5mYQb2nZ2sQ8V1B owner";
    const login = { accessKey: aws!.owner.accessKey, api: `https://${aws!.address}:${aws!.port}` };
    return {
      ...super.settings(),
      cloud: { region: aws!.region, publicKey, ...login, budget: { perMonth: 100, tell: ["owner@example.org"] } },
      host: { node: NODE, api: `https://${this.site.sheet.prefix}.62:8006` },
      guests: { without: { "312": "its graphics card is at home" } },
      networks: { lan: "dr0", "lan/210": "dr0/210", wan: "vmbr1" },
    };
  }

  /** Waits until the machine has become a node, and gives the stack a login there. @returns The node's API, with its root's login. */
  async enter(): Promise<PveClient> {
    const node = await this.booted();
    const pve = pveOf({ ...this.site.sheet, nodes: { [NODE]: node } }, NODE);
    const path = "/access/users/home@pve/token/dr";
    const made = await pve.ask(z.looseObject({ value: z.string() }), {
      method: "POST",
      path,
      parameters: { privsep: 0 },
    });
    await this.keep("pveApiToken", `home@pve!dr=${made.value}`);
    return pve;
  }

  private async booted(): Promise<LabNode> {
    const { places } = this.site;
    for (let tries = 0; tries < 120; tries += 1) {
      const node = readSheet(places).nodes[NODE];
      if (node?.ssh !== undefined) return node;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`The node did not start:\n${readFileSync(join(places.root, "lab.log"), "utf8").slice(-3000)}`);
  }
}

/**
 * First day of the reference site of one node, with an account at AWS and a machine there that is not made yet.
 * @param servers More backup servers.
 */
export function dayAtAws(name: string, servers: readonly object[] = []): string {
  const text = readFileSync(join(REPOSITORY, "lab/sites/single-node.json"), "utf8");
  const first = JSON.parse(text) as { nodes: object[]; pbs: object[] };
  const inner = { iface: "dr0", type: "bridge", active: 1, bridge_ports: "", bridge_vlan_aware: 1, method: "manual" };
  const routed = {
    iface: "vmbr1",
    type: "bridge",
    active: 1,
    bridge_ports: "",
    address: "10.78.0.1",
    method: "static",
  };
  const empty = { disks: [], pools: [], storages: [], guests: [], bridges: [] };
  const node = { name: NODE, host: 62, instance: true, interfaces: [inner, routed], ...empty };
  const { root } = placesOf(`${name}-day`);
  mkdirSync(root, { recursive: true });
  const file = join(root, "day.json");
  const pbs = [...first.pbs, ...servers];
  const aws = { host: 241, region: "eu-central-1" };
  writeFileSync(file, JSON.stringify({ ...first, nodes: [...first.nodes, node], pbs, aws }));
  return file;
}
