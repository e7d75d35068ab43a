import { poolSize } from "../pool-size";
import { type PveNode } from "../node";
import { impossible } from "../refusal";
import { type StorageEntry, type StorageType, type Usage } from "./storage";

/** A ZFS pool or dataset. Source: pve-storage, src/PVE/Storage/ZFSPoolPlugin.pm. */
export const zfsStorage: StorageType = {
  options: {
    pool: "fixed",
    blocksize: "changeable",
    bwlimit: "changeable",
    content: "changeable",
    disable: "changeable",
    mountpoint: "changeable",
    nodes: "changeable",
    sparse: "changeable",
  },
  needed: ["pool"],
  content: { possible: ["images", "rootdir", "none"], usual: "images,rootdir" },
  shared: false,
  activate,
  usage: (node, _id, entry) => Promise.resolve(usage(node, entry)),
};

/** Observed on PVE: an enabled storage is activated when it is made, and the pool must be there. */
async function activate(node: PveNode, id: string, { pool = "" }: StorageEntry): Promise<void> {
  const name = pool.split("/")[0] ?? "";
  const found = node.zfs.value.pools.find((candidate) => candidate.name === name && candidate.imported);
  if (found === undefined) {
    const cause = `zfs error: cannot import '${name}': no such pool available`;
    throw impossible(`could not activate storage '${id}', ${cause}`);
  }
  return Promise.resolve();
}

function usage(node: PveNode, { pool = "" }: StorageEntry): Usage {
  const name = pool.split("/")[0] ?? "";
  const { pools, disks, datasets } = node.zfs.value;
  const found = pools.find((candidate) => candidate.name === name && candidate.imported);
  if (found === undefined) throw impossible(`zfs error: cannot open '${name}': no such pool`);
  const total = poolSize(found, disks);
  const volumes = datasets.filter((dataset) => dataset.name.startsWith(`${name}/`));
  const used = volumes.reduce((sum, { volsize = 0 }) => sum + volsize, 0);
  return { total, used, avail: total - used };
}
