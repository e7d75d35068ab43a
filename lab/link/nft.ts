/** A packet that begins a connection. */
export interface Packet {
  /** Interface by which it comes. */
  readonly iif: string;
  /** From where. */
  readonly source: string;
  /** To where. */
  readonly destination: string;
  /** TCP port. */
  readonly port: number;
}

/** Input chains of a machine, by the name of their table: each a list of statements. */
export type Ruleset = Readonly<Record<string, readonly string[]>>;

/**
 * What `nft -f` makes of a file: the tables that it names, and those that were there besides.
 * @throws {Error} In nft's words, for a statement that the lab does not know: then nothing of it counts.
 */
export function loaded(rules: Ruleset, text: string): Ruleset {
  const next = new Map(Object.entries(rules));
  let table: string | undefined;
  let chain: string | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") continue;
    const removed = /^delete table inet (\w+)$/.exec(line)?.[1];
    const named = /^table inet (\w+)( \{)?$/.exec(line);
    const begun = /^chain (\w+) \{$/.exec(line)?.[1];
    if (removed !== undefined) next.delete(removed);
    else if (named !== null) {
      const [, name = "", opens] = named;
      if (!next.has(name)) next.set(name, []);
      if (opens !== undefined) table = name;
    } else if (begun !== undefined) chain = begun;
    else if (line === "}") {
      if (chain === undefined) table = undefined;
      chain = undefined;
    } else if (table !== undefined && chain !== undefined && KNOWN.test(line)) {
      if (chain === "input" && !line.startsWith("type ")) next.set(table, [...(next.get(table) ?? []), line]);
    } else throw new Error(`Error: syntax error, unexpected ${line}`);
  }
  return Object.fromEntries(next);
}

const KNOWN =
  /^(?:type filter hook (?:input|forward) priority -?\d+; policy accept;|(?:[io]ifname (?:!= )?"[\w-]+" |ct state established,related |ip [sd]addr [\d.]+ |tcp dport \d+ )*(?:accept|drop))$/;

/** Whether the machine takes a packet: every table has to let it in. */
export function admits(rules: Ruleset, packet: Packet): boolean {
  return Object.values(rules).every((chain) => {
    const hit = chain.find((rule) => matches(rule, packet));
    return hit === undefined || hit.endsWith("accept");
  });
}

/** It begins a connection, so it belongs to none that is established. */
function matches(rule: string, { iif, source, destination, port }: Packet): boolean {
  if (rule.includes("ct state") || rule.includes("oifname")) return false;
  const value = (pattern: RegExp) => pattern.exec(rule)?.[1];
  const [inside, outside] = [value(/iifname "([\w-]+)"/), value(/iifname != "([\w-]+)"/)];
  const wanted: readonly (readonly [string | undefined, string])[] = [
    [inside, iif],
    [value(/ip saddr ([\d.]+)/), source],
    [value(/ip daddr ([\d.]+)/), destination],
    [value(/tcp dport (\d+)/), String(port)],
  ];
  return outside !== iif && wanted.every(([one, other]) => one === undefined || one === other);
}
