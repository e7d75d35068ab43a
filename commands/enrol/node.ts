import * as z from "zod";

import { PVE, supportOf } from "../../estate/units/proxmox-version";
import { trustedConnector } from "../../provider/clients/trust";
import { type NodeShell } from "../ssh/node-shell";
import { type LocalApi } from "./local-api";

/** What a node says of itself. */
export interface NodeFacts {
  /** Its name in paths. */
  readonly node: string;
  /** PVE's version, `9.2.1`. */
  readonly version: string;
  /** Other nodes of its cluster, which want to be enrolled too. */
  readonly others: readonly string[];
  /** What is not an error and should be known. */
  readonly warnings: readonly string[];
}

const VERSION = z.looseObject({ version: z.string() });
const STATUS = z.array(
  z.looseObject({ type: z.string(), name: z.string(), local: z.union([z.number(), z.boolean()]).optional() }),
);

/**
 * Asks the node who and what it is.
 * @throws {Error} When it runs a PVE that is not supported.
 */
export async function nodeFacts(pvesh: LocalApi, host: string): Promise<NodeFacts> {
  const { version } = await pvesh.get(VERSION, "/version");
  const warnings = versionWarnings(version, host);
  const nodes = (await pvesh.get(STATUS, "/cluster/status")).filter(({ type }) => type === "node");
  const node = nodes.find(({ local }) => local === 1 || local === true) ?? nodes[0];
  if (node === undefined) throw new Error(`${host} does not say which node it is (/cluster/status).`);
  return {
    node: node.name,
    version,
    others: nodes.map(({ name }) => name).filter((name) => name !== node.name),
    warnings,
  };
}

/** @throws {Error} For a version that is too old. */
export function versionWarnings(version: string, host: string): string[] {
  const support = supportOf(PVE, version);
  if (support === "old") {
    throw new Error(
      `${host} runs Proxmox VE ${version}; ${PVE.major}.0 or newer is needed: ${PVE.because}. ` +
        `Nothing was changed.\nCure: ${PVE.upgrade}`,
    );
  }
  if (support === "served") return [];
  return [`Proxmox VE ${version} is newer than ${PVE.major}.${PVE.newestMinor}, with which this was tested.`];
}

/** Certificate of the authority that signs the nodes' certificates, over the channel whose key was compared. */
export async function authorityOf(shell: NodeShell): Promise<string> {
  const pem = (await shell.read("/etc/pve/pve-root-ca.pem")).trim();
  if (/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/.test(pem)) return `${pem}\n`;
  throw new Error("/etc/pve/pve-root-ca.pem on the node is no certificate.");
}

/**
 * Connects to the node's API as every later run will, and sends nothing.
 * @throws {Error} When it does not prove who it is by that authority or one that this machine trusts.
 */
export async function proveAuthority(endpoint: string, authority: string): Promise<void> {
  const { hostname, port } = new URL(endpoint);
  const place = { hostname, port: port === "" ? "443" : port, host: hostname, protocol: "https:" };
  await new Promise<void>((proved, failed) => {
    trustedConnector({ authority })(place, (error, socket) => {
      socket?.destroy();
      if (error === null) proved();
      else failed(notTheNodes(endpoint, error));
    });
  });
}

function notTheNodes(endpoint: string, { message }: Error): Error {
  return new Error(
    `The API at ${endpoint} does not prove that it is this node's: ${message}. Nothing was changed.\nCure: if the node ` +
      "answers by another name, say it with --api; if its certificate is its own, renew it there (pvecm updatecerts --force).",
  );
}
