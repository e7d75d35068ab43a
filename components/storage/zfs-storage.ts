import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";

import * as pve from "../../provider/sdk/pve";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type ZfsPool } from "./zfs-pool";

/** A storage entry of type zfspool as the site's observation shows it. */
export interface ExistingZfsStorage {
  /** What it may hold, in PVE's words: `images`, `rootdir`. */
  readonly contents: readonly string[];
  /** Nodes that use it; undefined when all do. */
  readonly nodes?: readonly string[];
  /** Whether its volumes are sparse; undefined when the entry says nothing. */
  readonly thinProvision?: boolean;
}

/** Arguments of {@link ZfsStorage}. */
export interface ZfsStorageArgs {
  /** Identifier of the storage entry in PVE; TAPPaaS gives it the pool's name. **Another identifier is another storage.** */
  readonly storage: string;
  /** Pools behind it: one a node, all of one name, for replication looks for the same name on the other node. */
  readonly pools: readonly [ZfsPool, ...ZfsPool[]];
  /** Sparse volumes, which take space only as they are written. @default true */
  readonly thinProvision?: boolean;
  /** The entry as the site's observation shows it: it is then taken over as it is, nothing of it changed. @default - made anew */
  readonly existing?: ExistingZfsStorage;
}

/**
 * The PVE storage entry through which guests get their disks from a ZFS pool, for disk images and container volumes.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesm.html#storage_zfspool
 */
export class ZfsStorage extends pulumi.ComponentResource {
  /** Identifier of the storage entry, known once it is there. */
  public readonly storage: pulumi.Output<string>;

  constructor(name: string, args: ZfsStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:storage:ZfsStorage", name, {}, opts);
    rejectProblems(this, `ZfsStorage "${name}"`, zfsStorageProblems(args));

    const { storage, pools, existing } = args;
    const resourceId = existing === undefined ? storage : pve.standingStorage(storage, { parent: this });
    const inputs = { resourceId, zfsPool: pools[0].pool, ...entryOf(args) };
    // The name and not an output: a value unknown in a preview would plan a replacement of an entry that is imported.
    const adoption = existing === undefined ? {} : { import: storage };
    const entry = new proxmoxve.storage.Zfspool(name, inputs, {
      parent: this,
      dependsOn: [...pools],
      ...DATA_GUARD,
      ...adoption,
    });
    this.storage = entry.resourceId;

    this.registerOutputs({ storage: this.storage });
  }
}

/** What the entry says: as it is where it exists, as TAPPaaS makes it elsewhere. */
function entryOf({ existing, pools, thinProvision = true }: ZfsStorageArgs) {
  if (existing === undefined) {
    return { contents: ["images", "rootdir"], nodes: pools.map(({ node }) => node), thinProvision };
  }
  const { contents, nodes, thinProvision: sparse } = existing;
  return {
    contents: [...contents],
    ...(nodes !== undefined && { nodes: [...nodes] }),
    ...(sparse !== undefined && { thinProvision: sparse }),
  };
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function zfsStorageProblems(args: { storage: string; pools: readonly { node: string }[] }): Problem[] {
  const problems = identifierProblems("storage", "storage", args.storage);
  const nodes = args.pools.map(({ node }) => node);
  if (new Set(nodes).size < nodes.length) {
    problems.push({ path: "pools", reason: `expected one pool a node, got ${nodes.join(", ")}` });
  }
  return problems;
}
