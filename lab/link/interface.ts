/** A WireGuard interface as its file below /etc/wireguard describes it. */
export interface WgInterface {
  /** Own address in the tunnel. */
  readonly address: string;
  /** UDP port on which it listens; undefined for one that the system chooses, which nobody dials. */
  readonly listenPort: number | undefined;
  /** Commands before it comes up, each with `%i` for its name. */
  readonly preUp: readonly string[];
  /** The same after. */
  readonly postUp: readonly string[];
  /** Who may be at the other end. */
  readonly peers: readonly WgPeer[];
}

/** One other end. */
export interface WgPeer {
  /** Its public key, base64. */
  readonly publicKey: string;
  /** Addresses that are its own. */
  readonly allowed: readonly string[];
  /** `host:port` at which it is dialled; undefined where it dials. */
  readonly endpoint: string | undefined;
}

/** Reads a file of wg-quick. @throws {Error} In wg-quick's words, when a line of it is none. */
export function parseInterface(text: string): WgInterface {
  const sections: { name: string; values: Map<string, string[]> }[] = [];
  for (const line of text.split("\n").map((one) => one.replace(/#.*/, "").trim())) {
    if (line === "") continue;
    const name = /^\[(Interface|Peer)\]$/.exec(line)?.[1];
    if (name !== undefined) {
      sections.push({ name, values: new Map() });
      continue;
    }
    const [, key = "", value = ""] = /^([A-Za-z]+)\s*=\s*(.+)$/.exec(line) ?? [];
    const values = sections.at(-1)?.values;
    if (values === undefined || !KNOWN.has(key)) throw new Error(`Line unrecognized: \`${line}'`);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const [own, ...peers] = sections;
  if (own?.name !== "Interface") throw new Error("Configuration parsing error");
  const port = own.values.get("ListenPort")?.[0];
  return {
    address: withoutPrefix(own.values.get("Address")?.[0] ?? ""),
    listenPort: port === undefined ? undefined : Number(port),
    preUp: own.values.get("PreUp") ?? [],
    postUp: own.values.get("PostUp") ?? [],
    peers: peers.map(({ values }) => ({
      publicKey: values.get("PublicKey")?.[0] ?? "",
      allowed: (values.get("AllowedIPs")?.[0] ?? "").split(",").map((one) => withoutPrefix(one.trim())),
      endpoint: values.get("Endpoint")?.[0],
    })),
  };
}

const KNOWN = new Set([
  ...["Address", "ListenPort", "MTU", "PreUp", "PostUp"],
  ...["PublicKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"],
]);

function withoutPrefix(address: string): string {
  return address.replace(/\/32$/, "");
}
