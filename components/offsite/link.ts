import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { isInterfaceName, isTunnelAddress, isWireGuardKey } from "../../estate/units/wireguard";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { LINK_SCRIPT } from "./link-script";

/** The other end of a {@link Link}. */
export interface LinkPeer {
  /** Its public key, base64. */
  readonly publicKey: string;
  /** Its address in the tunnel. */
  readonly address: string;
  /** `host:port` at which it is dialled. @default - it dials */
  readonly endpoint?: string;
}

/** Arguments of {@link Link}. */
export interface LinkArgs {
  /** Way to a root shell of the machine at this end, on which the backup server runs. */
  readonly shell: NodeShell;
  /** Name of the interface, up to 15 characters. **Another name is another link.** */
  readonly interface: string;
  /** Own address in the tunnel. */
  readonly address: string;
  /** UDP port on which this side is dialled. @default - it is not: this side dials */
  readonly listenPort?: number;
  /** The other end. */
  readonly peer: LinkPeer;
  /** Whether the other end may reach the backup server here, port 8007 and nothing else. @default false */
  readonly serves?: boolean;
}

/**
 * A WireGuard link between two backup servers. The side behind NAT dials out; through the link only port 8007 is let in, and nothing is
 * forwarded. The private key is made on the machine and never leaves it.
 *
 * It is never removed from here: the copies come over it.
 *
 * @see https://www.wireguard.com/quickstart/
 */
export class Link extends pulumi.ComponentResource {
  /** Public key of this end, for the other one. */
  public readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: LinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:Link", name, {}, opts);
    rejectProblems(this, `Link "${name}"`, linkProblems(args));

    const { shell, interface: device, address, listenPort, peer, serves = false } = args;
    const lines = {
      interface: device,
      address,
      listenPort: listenPort === undefined ? "" : String(listenPort),
      peerKey: peer.publicKey,
      peerAddress: peer.address,
      endpoint: peer.endpoint ?? "",
      servedPort: serves ? String(SERVED_PORT) : "",
    };
    const stdin = Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
    const inputs = { connection: connectionOf(shell), stdin, ...QUIET };
    const options = { parent: this, ...DATA_GUARD, ignoreChanges: ["connection"] };
    const link = new remote.Command(name, { ...inputs, create: LINK_SCRIPT, update: LINK_SCRIPT }, options);
    this.publicKey = link.stdout.apply((printed) => (JSON.parse(printed) as { publicKey: string }).publicKey);

    this.registerOutputs({ publicKey: this.publicKey });
  }
}

/** Port of a backup server. */
const SERVED_PORT = 8007;

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function linkProblems(args: Omit<LinkArgs, "shell">): Problem[] {
  const { interface: device, address, listenPort, peer } = args;
  const problems: Problem[] = [];
  if (!isInterfaceName(device)) {
    const reason = `expected a name such as "wg-bob", up to 15 characters, got "${device}"`;
    problems.push({ path: "interface", reason });
  }
  for (const [path, value] of [
    ["address", address],
    ["peer.address", peer.address],
  ] as const) {
    if (isTunnelAddress(value)) continue;
    problems.push({ path, reason: `expected a private address such as "10.255.0.1", got "${value}"` });
  }
  if (address === peer.address)
    problems.push({ path: "peer.address", reason: "expected another address than this side's own" });
  if (!isWireGuardKey(peer.publicKey)) {
    const reason = "expected a public key of WireGuard, 44 characters that end with =";
    problems.push({ path: "peer.publicKey", reason });
  }
  if (listenPort === undefined && peer.endpoint === undefined) {
    const reason = "expected one side that is dialled: listenPort here, or peer.endpoint";
    problems.push({ path: "listenPort", reason });
  }
  return problems;
}
