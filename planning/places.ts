import { hasShares, type EscrowRecord } from "../estate/escrow-record";
import { type Estate } from "../estate/estate";
import { type Guest } from "../estate/guest";
import { type Observation } from "../estate/observation";
import { type Pool } from "../estate/pool";
import { type DiskGroup, type Place } from "./model";

/** Identifier of the site as a place. */
export function siteId({ site }: Pick<Estate, "site">): string {
  return `site:${site}`;
}

/** Identifier of a node as a place. */
export function nodeId(name: string): string {
  return `node:${name}`;
}

/** Identifier of the pool that holds a guest's disks. */
export function poolIdOf({ node, storage }: Pick<Guest, "node" | "storage">): string {
  return `pool:${node}/${storage}`;
}

/** Identifier of the backup server's datastore as a place. */
export function serverId({ backupServer }: Estate): string {
  return `server:${backupServer.datastore}`;
}

/** Everything of a site that can be lost as a whole, the larger before what is in it. */
export function placesOf(
  estate: Estate,
  escrow: EscrowRecord | undefined,
  observation: Observation | undefined,
): Place[] {
  const site = siteId(estate);
  const alone = { disks: [], medium: "" };
  return [
    {
      id: site,
      kind: "site",
      name: `the site ${estate.site.split("/").at(-1) ?? estate.site}`,
      within: undefined,
      ...alone,
    },
    { id: INTERNET_ID, kind: "internet", name: "the way to the internet", within: site, ...alone },
    { id: "control", kind: "control", name: "the machine that runs the program", within: site, ...alone },
    ...tunnelPlaces(estate),
    ...estate.nodes.map(({ name }) => ({
      id: nodeId(name),
      kind: "node" as const,
      name: `node ${name}`,
      within: site,
      ...alone,
    })),
    ...poolPlaces(estate, observation),
    ...(estate.backupServer.address === undefined ? [] : [serverPlace(estate)]),
    ...(escrow?.places ?? []).map(({ who, where }, index) => ({
      id: `shelf:${index + 1}`,
      kind: "shelf" as const,
      name: `the sheet of ${who}, ${where}`,
      within: undefined,
      ...alone,
    })),
    ...(hasShares(escrow)
      ? [{ id: SHARES, kind: "shelf" as const, name: sharesName(escrow), within: undefined, ...alone }]
      : []),
  ];
}

/** The shares of the key together, as a place: it is lost with the one that leaves too few. */
export const SHARES = "shelf:shares";

function sharesName(escrow: EscrowRecord | undefined): string {
  const { needed = 0, places = [] } = escrow?.shares ?? {};
  const spare = places.length - needed;
  return `${spare + 1} of the ${places.length} shares of the key`;
}

/** Identifier of the way to the internet as a place. */
export const INTERNET_ID = "internet";

/** Identifier of the tunnel as a place. */
export const TUNNEL_ID = "tunnel";

/** A tunnel goes with the internet, and with the last node that has a connector. */
function tunnelPlaces({ tunnel }: Estate): Place[] {
  if (tunnel === undefined) return [];
  const heldBy = [...new Set(tunnel.connectors.map(({ node }) => nodeId(node)))];
  const place = { id: TUNNEL_ID, kind: "tunnel" as const, name: `the tunnel ${tunnel.name}, or Cloudflare` };
  return [{ ...place, within: INTERNET_ID, heldBy, disks: [], medium: "" }];
}

/** Pools of the settings, pools that are named by guests alone, and those that replicas were seen on. */
function poolPlaces(estate: Estate, observation: Observation | undefined): Place[] {
  const declared = new Map(estate.pools.map((pool) => [`${pool.node}/${pool.name}`, pool]));
  const { machine } = estate.backupServer;
  const replicas = (observation?.replication?.items ?? []).flatMap(({ id, target }) => {
    const guest = estate.guests.find(({ vmid }) => id.startsWith(`${vmid}-`));
    return guest === undefined ? [] : [`${target}/${guest.storage}`];
  });
  const names = [
    ...declared.keys(),
    ...estate.guests.map(({ node, storage }) => `${node}/${storage}`),
    ...(machine === undefined ? [] : [`${machine.node}/${machine.dataStorage}`]),
    ...replicas,
  ];
  return [...new Set(names)].map((id) => {
    const [node = "", name = ""] = id.split("/");
    const pool = declared.get(id);
    const disks = pool === undefined ? [] : groupsOf(pool);
    const medium = "volumes of a pool";
    return { id: `pool:${id}`, kind: "pool", name: `pool ${name} on ${node}`, within: nodeId(node), disks, medium };
  });
}

/** Groups of disks of a pool: as it was seen, else as the settings say it. */
function groupsOf({ disks, raidlevel, observed }: Pool): DiskGroup[] {
  if (observed !== undefined && observed.vdevs.length > 0) {
    return observed.vdevs.map((vdev) => ({ disks: vdev.disks, spare: spareOf(vdev.type, vdev.disks.length) }));
  }
  if (raidlevel === "single") return disks.map((disk) => ({ disks: [disk], spare: 0 }));
  if (raidlevel !== "raid10") return [{ disks, spare: spareOf(raidlevel, disks.length) }];
  const pairs = Array.from({ length: Math.ceil(disks.length / 2) }, (_, pair) => disks.slice(2 * pair, 2 * pair + 2));
  return pairs.map((pair) => ({ disks: pair, spare: pair.length - 1 }));
}

function spareOf(raidlevel: Pool["raidlevel"], count: number): number {
  const parity = { single: 0, mirror: count - 1, raid10: 1, raidz: 1, raidz2: 2, raidz3: 3 } as const;
  return parity[raidlevel];
}

/** On a pool of ours, on a node whose address it has, or in a machine of its own at the site. */
function serverPlace(estate: Estate): Place {
  const { machine, path, address, datastore, node: at } = estate.backupServer;
  const pool = estate.pools.find(({ name, node }) => path.startsWith(`/${name}/`) && (at === undefined || at === node));
  const node = estate.nodes.find(({ name, ssh }) => name === at || ssh.host === address);
  const within =
    machine !== undefined
      ? `pool:${machine.node}/${machine.dataStorage}`
      : pool !== undefined
        ? `pool:${pool.node}/${pool.name}`
        : node === undefined
          ? siteId(estate)
          : nodeId(node.name);
  const name = `the backup server with datastore ${datastore}`;
  return { id: serverId(estate), kind: "server", name, within, disks: [], medium: "chunks of a backup server" };
}
