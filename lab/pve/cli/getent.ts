import { resolversOf } from "../operations/node-dns";
import { ClusterLife } from "../life/cluster-life";
import { type PveNode } from "../node";
import { failed, printed, type Program } from "../../core/program";

/** Domain of the site, which its own resolver answers for. */
const DOMAIN = ".mgmt.internal";
/** Where the lab has everything that is outside the site. */
const OUTSIDE = "203.0.113.10";
const PRIVATE = /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/**
 * `getent hosts NAME` of a node. The site's resolver is its firewall: it answers as long as it runs on a node that is there, for names of
 * the site by itself, for others by the line to the world. A resolver outside is reached by that line, and knows no name of the site.
 *
 * @see https://man7.org/linux/man-pages/man1/getent.1.html
 */
export function getent(node: PveNode): Program {
  return ([database = "", name = ""]) => {
    if (database !== "hosts") return failed(1, `Unknown database: ${database}`);
    const known = addressIn(node, name);
    const [isOnline, isServed] = [isWanUp(node), isFirewallUp(node)];
    const address = resolversOf(node)
      .map((resolver) => {
        if (!PRIVATE.test(resolver)) return isOnline && isOutside(name) ? OUTSIDE : undefined;
        if (!isServed) return undefined;
        return known ?? (isOnline && isOutside(name) ? OUTSIDE : undefined);
      })
      .find((one) => one !== undefined);
    return address === undefined ? { status: 2, stdout: "", stderr: "" } : printed(`${address.padEnd(16)}${name}\n`);
  };
}

function isOutside(name: string): boolean {
  return name.includes(".") && !name.endsWith(".internal");
}

/** A machine of the site, by its name alone or with the site's domain. */
function addressIn({ site }: PveNode, name: string): string | undefined {
  const short = name.endsWith(DOMAIN) ? name.slice(0, -DOMAIN.length) : name;
  const machine = [...site.description.nodes, ...site.description.pbs].find((one) => one.name === short);
  return machine === undefined ? undefined : `${site.prefix}.${machine.host}`;
}

function isWanUp({ cluster }: PveNode): boolean {
  return ClusterLife.of(cluster)?.simulation.model.wan !== false;
}

function isFirewallUp({ cluster }: PveNode): boolean {
  const life = ClusterLife.of(cluster);
  const firewalls = [...cluster.nodes.values()].flatMap((node) =>
    node
      .allGuests()
      .filter(({ config }) => config["name"] === "firewall")
      .map(({ running }) => running && life?.isOnline(node.name) !== false),
  );
  // A site of the lab without one has its resolver somewhere else.
  return firewalls.length === 0 || firewalls.includes(true);
}
