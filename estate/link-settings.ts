import * as z from "zod";

import { type Finding, type Problem } from "./problem";
import { portNumber, text } from "./schema";
import { isInterfaceName, isTunnelAddress, isWireGuardKey } from "./units/wireguard";

const tunnelAddress = text(isTunnelAddress, 'a private address such as "10.255.0.1"');

const link = z.strictObject({
  /** Name of the interface. **Another name is another link.** @default - wg- and the name of the link */
  interface: text(isInterfaceName, 'an interface such as "wg-bob"').optional(),
  /** Own address in the tunnel. */
  address: tunnelAddress,
  /** UDP port on which this side is dialled. @default - this side dials: it is the one behind NAT */
  listenPort: portNumber.optional(),
  /** The other end. */
  peer: z.strictObject({
    /** Its public key, as `make peer-key` prints it over there. */
    publicKey: text(isWireGuardKey, "a public key of WireGuard, 44 characters that end with ="),
    /** Its address in the tunnel. */
    address: tunnelAddress,
    /** `host:port` at which it is dialled. @default - it dials */
    endpoint: text((at) => /^[A-Za-z0-9.-]+:\d{1,5}$/.test(at), 'a place such as "home.example.org:51820"').optional(),
  }),
  /** Whether the other end may reach the backup server here: port 8007 and nothing else. @default false */
  serves: z.boolean().default(false),
});

/** WireGuard links of the machine on which the backup server runs, by a name of one's own. */
export const linkSettings = z
  .record(
    text((name) => /^[a-z][a-z0-9-]{0,11}$/.test(name), 'a name such as "bob", up to 12 characters'),
    link,
  )
  .default({});

/** A link. */
export interface LinkPlan extends Omit<z.infer<typeof link>, "interface"> {
  /** Its name in the settings. */
  readonly name: string;
  /** Its interface. */
  readonly interface: string;
}

/** The links of the settings, by name. */
export function linksOf(written: z.infer<typeof linkSettings>): LinkPlan[] {
  return Object.entries(written)
    .map(([name, one]) => ({ ...one, name, interface: one.interface ?? interfaceOf(name) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Interface of a link that names none. */
export function interfaceOf(name: string): string {
  return `wg-${name}`;
}

/**
 * What is wrong with links.
 * @param hasShell Whether there is a way to a root shell of the backup server's machine.
 */
export function linkProblems(links: readonly LinkPlan[], hasShell: boolean): Problem[] {
  if (links.length === 0) return [];
  const noShell: Problem = {
    path: "backupServer.ssh",
    expected: "the way to a root shell of the backup server's machine, on which the links end",
    cure: "write host and hostKey, and put the stack's public key there",
  };
  return [...(hasShell ? [] : [noShell]), ...links.flatMap((one, index) => oneProblems(one, links.slice(0, index)))];
}

function oneProblems(one: LinkPlan, before: readonly LinkPlan[]): Problem[] {
  const { name, address, peer, listenPort } = one;
  const problems: Problem[] = [];
  for (const what of ["interface", "address", "listenPort"] as const) {
    const other = before.find((earlier) => one[what] !== undefined && earlier[what] === one[what]);
    if (other === undefined) continue;
    const expected = `${what} ${String(one[what])} once, and ${other.name} has it`;
    problems.push({ path: `links.${name}.${what}`, expected, cure: "give each link its own" });
  }
  if (address === peer.address)
    problems.push({ path: `links.${name}.peer.address`, expected: "another than this side's own", cure: "correct it" });
  if (listenPort === undefined && peer.endpoint === undefined) {
    const expected = "one side that is dialled";
    problems.push({ path: `links.${name}`, expected, cure: "write listenPort, or peer.endpoint" });
  }
  return problems;
}

/** A link by which nobody comes and over which nothing is fetched does nothing. */
export function linkFindings(links: readonly LinkPlan[], fetchedFrom: readonly string[]): Finding[] {
  return links
    .filter(({ serves, peer }) => !serves && !fetchedFrom.includes(peer.address))
    .map(({ name, peer }) => ({
      path: `links.${name}`,
      advice: `nothing goes over it: no source has the address ${peer.address}, and nobody is let in`,
    }));
}
