import * as z from "zod";

import { ClusterClient, type ClusterSettings } from "../clients/cluster-client";
import { given, plain, withoutUnsaid, type Fields } from "./fields";
import { identifier } from "./input-text";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  cluster: z.literal("datacenter").describe("Always `datacenter`, as PVE names the options of a whole cluster."),
  shutdownPolicy: z
    .enum(["freeze", "failover", "conditional", "migrate"])
    .optional()
    .describe("What a node does with guests under HA when it is shut down or restarted; PVE says conditional."),
  migrationNetwork: identifier("network")
    .optional()
    .describe("Network over which guests move, `10.0.1.0/24`; PVE takes the nodes' own."),
  replicationNetwork: identifier("network")
    .optional()
    .describe("Network over which replicas are sent; PVE takes that of migrations."),
});

/** Options that stand for the whole cluster. PVE has many more in the same place: those are never touched. */
export const clusterOptions: SiteObject = {
  token: "resilience:pve:ClusterOptions",
  description: "Options of a whole PVE cluster that decide how guests leave a node and how replicas travel.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["cluster"],
  fixed: { cluster: "A provider serves one cluster: declare another provider for another one" },
  meanings: { cluster: plain, shutdownPolicy: plain, migrationNetwork: plain, replicationNetwork: plain },
  idOf: ({ cluster }) => String(cluster),
  identityOf: (id) => ({ cluster: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await write(site, wanted);
    return {};
  },
  async update(site, wanted, living) {
    await write(site, wanted, living);
    return {};
  },
  async remove(site, living) {
    await write(site, { cluster: living["cluster"] }, living);
  },
};

const OPTIONAL = ["shutdownPolicy", "migrationNetwork", "replicationNetwork"];

/** Nothing is there as long as none of the options that the program names is set. */
async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  await demandSight(site.pve(), "/", "Sys.Audit");
  const { ha, migration, replication } = await clientOf(site).settings();
  const all = {
    cluster: "datacenter",
    shutdownPolicy: ha?.shutdown_policy,
    migrationNetwork: migration?.network,
    replicationNetwork: replication?.network,
  };
  const said = withoutUnsaid(all, identity, OPTIONAL);
  return Object.keys(said).length > 1 ? said : undefined;
}

/** Writes what is wanted and takes back what the program no longer says; the rest of each option stays as it is. */
async function write(site: Site, wanted: Fields, living: Fields = {}): Promise<void> {
  const { shutdownPolicy, migrationNetwork, replicationNetwork } = INPUTS.parse(wanted);
  const now = await clientOf(site).settings();
  const texts: Record<string, string> = {};
  const gone: string[] = [];
  const put = (name: keyof ClusterSettings, key: string, field: string, value: string | undefined) => {
    if (value === undefined && living[field] === undefined) return;
    const parts = given({ ...now[name], [key]: value });
    if (Object.keys(parts).length === 0) gone.push(name);
    else texts[name] = propertyText(parts);
  };
  put("ha", "shutdown_policy", "shutdownPolicy", shutdownPolicy);
  put("migration", "network", "migrationNetwork", migrationNetwork);
  put("replication", "network", "replicationNetwork", replicationNetwork);
  await clientOf(site).change(texts, gone);
}

function propertyText(parts: Fields): string {
  return Object.entries(parts)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

function clientOf(site: Site): ClusterClient {
  return new ClusterClient(site.pve());
}
