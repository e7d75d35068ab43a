import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { identifierForm, isIdentifier } from "../../estate/units/identifier";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { ZFS_POOL_SCRIPT } from "./zfs-pool-script";

/** How the disks of a ZFS pool stand together, in PVE's words. */
export type RaidLevel = "single" | "mirror" | "raid10" | "raidz" | "raidz2" | "raidz3";

/** Way to a node's shell, as root: ZFS pools cannot be adopted or compared over PVE's API. */
export interface NodeShell {
  /** Name or address at which the node's SSH answers. */
  readonly host: string;
  /** TCP port. @default 22 */
  readonly port?: number;
  /** Account that may run `zpool`. @default "root" */
  readonly user?: string;
  /** The node's host key as an authorized_keys line: `ssh-ed25519 AAAA…`. Without it any machine could answer. */
  readonly hostKey: pulumi.Input<string>;
  /** Private key in OpenSSH form. */
  readonly privateKey: pulumi.Input<string>;
}

/** Arguments of {@link ZfsPool}. */
export interface ZfsPoolArgs {
  /** Node that holds the disks. */
  readonly node: string;
  /** Way to that node. A new key or port changes nothing on the site. */
  readonly shell: NodeShell;
  /** Name of the pool: TAPPaaS says `tanka1` for important services, `tankb1` for the rest. A new name is another pool. */
  readonly pool: string;
  /** Redundancy. **Cannot be changed**: a pool that exists in another shape stops the update, unharmed. */
  readonly raidlevel: RaidLevel;
  /** Disks by their names in /dev/disk/by-id, such as `ata-WDC_WD40EFZX-68AWUN0_WD-WX12D80…`; pairs in order for raid10. */
  readonly disks: readonly string[];
}

/**
 * A ZFS pool on a node: adopted when it exists with these disks in this shape, made when it does not, refused otherwise.
 *
 * Nothing here destroys a pool, forces one (`-f`) or wipes a disk; when the pool leaves the program it stays on the node.
 *
 * @see https://openzfs.github.io/openzfs-docs/man/master/7/zpoolconcepts.7.html
 */
export class ZfsPool extends pulumi.ComponentResource {
  /** Node that holds the pool. */
  public readonly node: string;
  /** Name of the pool. Known from the start, so that what stands on it can be planned: depend on this component for the order. */
  public readonly pool: string;

  constructor(name: string, args: ZfsPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:storage:ZfsPool", name, {}, opts);
    rejectProblems(this, `ZfsPool "${name}"`, zfsPoolProblems(args));

    const { node, shell, pool } = args;
    // A rotated SSH key must not run the script again; a delete script would destroy data and does not exist.
    const options = { parent: this, ignoreChanges: ["connection"], ...DATA_GUARD };
    const inputs = { connection: connectionOf(shell), create: ZFS_POOL_SCRIPT, stdin: zfsPoolLines(args), ...QUIET };
    new remote.Command(name, inputs, options);
    this.node = node;
    this.pool = pool;

    this.registerOutputs({ node, pool });
  }
}

const MINIMUM_DISKS: Record<RaidLevel, number> = { single: 1, mirror: 2, raid10: 4, raidz: 3, raidz2: 4, raidz3: 5 };

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function zfsPoolProblems(args: Pick<ZfsPoolArgs, "pool" | "raidlevel" | "disks">): Problem[] {
  const { pool, raidlevel, disks } = args;
  const problems = identifierProblems("zfsPool", "pool", pool);
  const least = MINIMUM_DISKS[raidlevel];
  if (disks.length < least || (raidlevel === "single" && disks.length > 1)) {
    const count = raidlevel === "single" ? "exactly 1 disk" : `at least ${least} disks`;
    problems.push({ path: "disks", reason: `expected ${count} for ${raidlevel}, got ${disks.length}` });
  }
  if (raidlevel === "raid10" && disks.length % 2 === 1) {
    problems.push({ path: "disks", reason: `expected pairs for raid10, got ${disks.length}` });
  }
  if (new Set(disks).size < disks.length) {
    problems.push({ path: "disks", reason: "expected each disk once" });
  }
  for (const [index, disk] of disks.entries()) {
    if (isIdentifier("disk", disk)) continue;
    const reason = `expected ${identifierForm("disk")}, got "${disk}"; names like sda change at the next boot`;
    problems.push({ path: `disks[${index}]`, reason });
  }
  return problems;
}

/** What the script reads: one `key=value` a line. */
function zfsPoolLines({ pool, raidlevel, disks }: ZfsPoolArgs): string {
  return [`name=${pool}`, `raidlevel=${raidlevel}`, ...disks.map((disk) => `disk=${disk}`), ""].join("\n");
}
