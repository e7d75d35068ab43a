import * as z from "zod";

import { type ApiRequest } from "../../provider/clients/https-client";
import { type Ask } from "../../provider/clients/task";

export type { Ask };

/** What a GET of `path` answers. */
export function get<T>(
  ask: Ask,
  shape: z.ZodType<T>,
  path: string,
  parameters: ApiRequest["parameters"] = {},
): Promise<T> {
  return ask(shape, { method: "GET", path, parameters });
}

const NODES = z.array(z.looseObject({ node: z.string(), status: z.string() }));

/** A machine of the cluster. */
export interface SeenNode {
  /** Name in PVE. */
  readonly name: string;
  /** Whether it answers. */
  readonly online: boolean;
}

const CLUSTER = z.array(z.looseObject({ type: z.string(), quorate: z.number().optional() }));

/** Whether the cluster has a majority; a node that stands alone needs none. Without it what is read may be old. */
export async function isQuorate(ask: Ask): Promise<boolean> {
  const [cluster] = (await get(ask, CLUSTER, "/cluster/status")).filter(({ type }) => type === "cluster");
  return cluster === undefined || cluster.quorate === 1;
}

/** Nodes of the cluster, and whether each answers. */
export async function nodesOf(ask: Ask): Promise<SeenNode[]> {
  const nodes = await get(ask, NODES, "/nodes");
  return nodes.map(({ node, status }) => ({ name: node, online: status === "online" })).sort(byName);
}

/** What the login may do: PVE's lists answer with less in them, and no error, where a right is missing. */
export interface Rights {
  /** Whether `privilege` holds on `path` and everything below it. */
  readonly has: (path: string, privilege: string) => boolean;
}

const PERMISSIONS = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Effective rights of this login, as the site sees them. */
export async function rightsOf(ask: Ask): Promise<Rights> {
  const permissions = await get(ask, PERMISSIONS, "/access/permissions");
  const at = (path: string) => permissions[path] ?? permissions["/"] ?? {};
  return { has: (path, privilege) => Boolean(at(path)[privilege]) };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
