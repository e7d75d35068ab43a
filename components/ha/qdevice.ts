import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { isHostKeyLine } from "../../estate/units/host-key";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { QDEVICE_NODE_SCRIPT, QDEVICE_SCRIPT } from "./qdevice-script";

/** Arguments of {@link QDevice}. */
export interface QDeviceArgs {
  /** All nodes of the cluster, an even number, each with the way to its shell, as root. */
  readonly nodes: readonly { readonly node: string; readonly shell: NodeShell }[];
  /** Address of the machine that votes: none of the nodes, nor a guest of them. **Another one is refused while this one votes.** */
  readonly address: string;
  /** That machine's host key as an authorized_keys line: `ssh-ed25519 AAAA…`. Without it any machine could answer. */
  readonly hostKey: string;
}

/**
 * One vote more for an even number of nodes, of a machine that is none of them: half of the nodes can be lost and the rest goes on.
 *
 * It is never removed from here: when it leaves the program, the device goes on voting. Taking it away is a step for a person, and so is
 * letting root of the nodes into that machine.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pvecm.html#_corosync_external_vote_support
 */
export class QDevice extends pulumi.ComponentResource {
  /** Votes that it gives; 0 while it is away. */
  public readonly votes: pulumi.Output<number>;

  constructor(name: string, args: QDeviceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:ha:QDevice", name, {}, opts);
    rejectProblems(this, `QDevice "${name}"`, qdeviceProblems(args));

    const { nodes, address, hostKey } = args;
    const guarded = { parent: this, ...DATA_GUARD, ignoreChanges: ["connection"] };
    // One after the other: a package on every node, then the cluster is told.
    const packages = nodes.map(({ node, shell }) => {
      const inputs = { connection: connectionOf(shell), stdin: `node=${node}\n`, ...QUIET };
      return new remote.Command(`${name}-${node}`, { ...inputs, create: QDEVICE_NODE_SCRIPT }, guarded);
    });
    const [first] = nodes;
    const stdin = [`node=${first?.node ?? ""}`, `address=${address}`, `hostKey=${hostKey}`, ""].join("\n");
    const way = first === undefined ? {} : { connection: connectionOf(first.shell) };
    const inputs = { ...(way as { connection: ReturnType<typeof connectionOf> }), stdin, ...QUIET };
    const set = new remote.Command(name, { ...inputs, create: QDEVICE_SCRIPT }, { ...guarded, dependsOn: packages });
    this.votes = set.stdout.apply((printed) => (JSON.parse(printed) as { votes: number }).votes);

    this.registerOutputs({ votes: this.votes });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function qdeviceProblems({
  nodes,
  address,
  hostKey,
}: {
  readonly nodes: readonly { readonly node: string }[];
  readonly address: string;
  readonly hostKey: string;
}): Problem[] {
  const problems = identifierProblems("address", "address", address);
  for (const { node } of nodes) problems.push(...identifierProblems("node", "nodes", node));
  if (nodes.length === 0 || nodes.length % 2 === 1) {
    const reason = `expected an even number of nodes, got ${nodes.length}; beside an odd number a QDevice does harm`;
    problems.push({ path: "nodes", reason });
  }
  if (nodes.some(({ node }) => node === address))
    problems.push({ path: "address", reason: `expected a machine that is no node, got node "${address}"` });
  if (!isHostKeyLine(hostKey))
    problems.push({ path: "hostKey", reason: `expected a host key such as "ssh-ed25519 AAAA…", got "${hostKey}"` });
  return problems;
}
