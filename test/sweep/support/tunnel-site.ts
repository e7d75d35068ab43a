import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { askLab } from "../../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { changeSettings, setSecret } from "../../engine/support/commands";
import { onNode, pveOf } from "../../engine/support/lab-site";

const ID = "0123456789abcdef".repeat(2);
const IMAGE = "https://cloud.debian.org/images/cloud/trixie/20261101/debian-13-genericcloud-amd64-20261101.qcow2";

/** Machines in which the connectors are to run, each with its node. */
export const CONNECTORS = { 611: "tappaas1", 612: "tappaas2" } as const;

/** Names of what the reference site of three nodes publishes; the last one after a login. */
export const NAMES = ["identity.example.org", "nextcloud.example.org", "vaultwarden.example.org"];

/** What somebody on the internet gets who asks for a name. */
export interface Fetched {
  readonly status: number;
  readonly says: string;
  readonly through?: string;
}

/** Asks for a name as a browser on the internet does. */
export function fetched({ places }: Pick<LabSite, "places">, name: string, ...words: string[]): Fetched {
  return JSON.parse(askLab(places, "fetch", name, ...words)) as Fetched;
}

/** First day of the reference site of three nodes, with an account at Cloudflare besides. */
export function dayWithCloudflare(name: string): string {
  const day = JSON.parse(readFileSync(join(REPOSITORY, "lab/sites/three-node.json"), "utf8")) as object;
  const file = join(placesOf(`${name}-day`).root, "day.json");
  writeFileSync(file, JSON.stringify({ ...day, cloudflare: { host: 250, account: ID, zones: { "example.org": ID } } }));
  return file;
}

/** Both connectors' machines, as somebody makes them. */
export async function makeConnectors(site: LabSite): Promise<void> {
  for (const [vmid, node] of Object.entries(CONNECTORS)) await makeConnector(site, Number(vmid), node);
}

/** A small Debian with a guest agent, as somebody makes one from a cloud image. */
async function makeConnector({ places, sheet }: LabSite, vmid: number, node: string): Promise<void> {
  const pve = pveOf(sheet, node);
  const task = async (path: string, parameters: Record<string, string | number>): Promise<void> => {
    const upid = await pve.ask(z.string(), { method: "POST", path: `/nodes/${node}${path}`, parameters });
    await pve.taskEnd(node, upid);
  };
  const { sha512 } = JSON.parse(askLab(places, "published-image", IMAGE)) as { sha512: string };
  await pve.updateStorage("local", { content: "backup,iso,vztmpl,import,snippets" });
  const seed = String.raw`#cloud-config\npackages: [qemu-guest-agent]\n`;
  await onNode(sheet, node, `mkdir -p /var/lib/vz/snippets && printf '${seed}' >/var/lib/vz/snippets/connector.yaml`);
  const sums = { checksum: sha512, "checksum-algorithm": "sha512" };
  await task("/storage/local/download-url", { content: "import", filename: "debian.qcow2", url: IMAGE, ...sums });
  await task("/qemu", {
    ...{ vmid, name: vmid === 611 ? "connector1" : "connector2", memory: 512, agent: "enabled=1", ostype: "l26" },
    ...{ scsihw: "virtio-scsi-single", scsi0: "tanka1:0,import-from=local:import/debian.qcow2" },
    ...{ ide2: "tanka1:cloudinit", cicustom: "user=local:snippets/connector.yaml", net0: "virtio,bridge=lan" },
  });
  await task(`/qemu/${vmid}/status/start`, {});
}

/**
 * Modules of the connectors, the tunnel in the settings, and the API token among the secrets.
 * @param more Settings of the tunnel besides: who is told, where names lead when the site does not answer.
 * @param secrets Secrets of the stack besides.
 */
export async function writeTunnel(
  site: LabSite,
  more: object = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { places, sheet } = site;
  for (const [vmid, node] of Object.entries(CONNECTORS)) {
    const name = vmid === "611" ? "connector1" : "connector2";
    const module = {
      vmname: name,
      vmid: Number(vmid),
      vmtag: "TAPPaaS",
      node,
      zone0: "dmz",
      dependsOn: ["cluster:vm"],
    };
    writeFileSync(join(places.site, "modules", `${name}.json`), JSON.stringify(module));
  }
  const { cloudflare } = sheet;
  assert.ok(cloudflare !== undefined);
  const { api, accountId, zones, apiToken } = cloudflare;
  const access = { emails: ["me@example.org"] };
  const tunnel = { api, accountId, zones, access, connectors: [611, 612], behindAccess: [610], ...more };
  changeSettings(site, (settings) => ({ ...settings, tunnel }));
  for (const [key, input] of Object.entries({ cloudflareApiToken: apiToken, ...secrets }))
    await setSecret(site, key, input);
}
