import { randomBytes } from "node:crypto";

import { cardsOf, movedCard } from "../../planning/host/network-card";
import { type GuestKind } from "../../estate/units/guest-id";

/** How a guest that comes back beside the living one is told from it, and kept apart from it. */
export interface AnotherDeployment {
  /** Put before its name: `staging-`. @default - the name is as it was */
  readonly prefix?: string | undefined;
  /** Network there for each network of the backup, or `none`: `{"lan/210": "staging/210"}`. @default - as they were */
  readonly networks?: Readonly<Record<string, string>> | undefined;
  /** Whether the cable is out of every card. @default false */
  readonly unplugged?: boolean | undefined;
}

/** What of a configuration is other than in the backup. */
export interface OtherLines {
  /** Lines that go over those of the backup. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Cards that have to be taken out afterwards. */
  readonly without: readonly string[];
}

/**
 * Lines with which a guest comes back as that of another deployment. Network cards have addresses of their own.
 * @throws {Error} Naming everything that would lead it into a network, or give it a name, that nobody meant.
 */
export function linesFor(
  kind: GuestKind,
  lines: Readonly<Record<string, string>>,
  { prefix = "", networks, unplugged = false }: AnotherDeployment,
): OtherLines {
  const key = kind === "vm" ? "name" : "hostname";
  const name = `${prefix}${lines[key] ?? ""}`;
  const problems = prefix === "" || isHostName(name) ? [] : [`"${name}" is no host name of at most 63 characters`];
  const configuration: Record<string, string> = prefix === "" ? {} : { [key]: name };
  const without: string[] = [];
  if (networks === undefined && !unplugged) return checked({ configuration, without }, problems);
  for (const card of cardsOf(lines)) {
    const address = newAddress();
    const moved =
      networks === undefined
        ? { is: "moved" as const, line: card.line.replace(MAC, address) }
        : movedCard(card, networks, address);
    if (moved.is === "wrong") problems.push(`${moved.expected}; --network <here>=<there>, or <here>=none`);
    else if (moved.is === "gone") without.push(card.slot);
    else configuration[card.slot] = unplugged ? pulled(moved.line) : moved.line;
  }
  return checked({ configuration, without }, problems);
}

function checked(found: OtherLines, problems: readonly string[]): OtherLines {
  if (problems.length === 0) return found;
  throw new Error(
    `The guest was not restored:\n${problems.map((problem) => `  - ${problem}`).join("\n")}\n` +
      "Cure: say where it belongs, or --unplugged for no network at all.",
  );
}

const MAC = /(?:[0-9A-F]{2}:){5}[0-9A-F]{2}/i;

/** The same card without its cable. */
function pulled(line: string): string {
  return [...line.split(",").filter((part) => !part.startsWith("link_down=")), "link_down=1"].join(",");
}

function isHostName(name: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(name);
}

/** A network address from the range that is Proxmox' own. */
export function newAddress(): string {
  const bytes = randomBytes(3).toString("hex").toUpperCase();
  return `BC:24:11:${bytes.slice(0, 2)}:${bytes.slice(2, 4)}:${bytes.slice(4, 6)}`;
}
