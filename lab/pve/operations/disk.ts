import { type Call, type Operation } from "../operation";
import { NODE } from "../parameters/common";
import { LIST_DISKS, READ_POOL } from "../parameters/node";
import { poolSize } from "../pool-size";
import { impossible } from "../refusal";
import { type DeepReadonly } from "../../core/state";
import { type Disk, type Pool } from "../../core/zfs";

const AUDIT = { check: ["perm", "/", ["Sys.Audit"]] } as const;

/** Disks and pools. Sources: pve-storage, src/PVE/Diskmanage.pm, src/PVE/API2/Disks/ZFS.pm. */
export const DISKS: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/disks/list",
    parameters: LIST_DISKS,
    permissions: { check: ["or", ["perm", "/", ["Sys.Audit"]], ["perm", "/nodes/{node}", ["Sys.Audit"]]] },
    handle: listDisks,
  },
  { name: "GET /nodes/{node}/disks/zfs", parameters: { node: NODE }, permissions: AUDIT, handle: listPools },
  { name: "GET /nodes/{node}/disks/zfs/{name}", parameters: READ_POOL, permissions: AUDIT, handle: readPool },
];

function listDisks(call: Call): unknown[] {
  return call.node.zfs.value.disks
    .filter((disk) => call.text("type") !== "unused" || usedBy(disk) === undefined)
    .map(diskRow);
}

function usedBy({ pool, holds }: DeepReadonly<Disk>): string | undefined {
  return pool === undefined ? holds : "ZFS";
}

function diskRow(disk: DeepReadonly<Disk>): object {
  const { id, device, size, serial, model, kind } = disk;
  const used = usedBy(disk);
  return {
    devpath: `/dev/${device}`,
    by_id_link: `/dev/disk/by-id/${id}`,
    ...{ size, serial, model, vendor: "ATA     ", wwn: "unknown", type: kind, rpm: kind === "hdd" ? 7200 : 0 },
    gpt: used === undefined ? 0 : 1,
    health: "PASSED",
    wearout: kind === "hdd" ? "N/A" : 100,
    osdid: -1,
    "osdid-list": null,
    ...(used !== undefined && { used }),
  };
}

function listPools(call: Call): unknown[] {
  const { pools, disks, datasets } = call.node.zfs.value;
  return pools
    .filter(({ imported }) => imported)
    .map((pool) => {
      const size = poolSize(pool, disks);
      const inside = datasets.filter(({ name }) => name.startsWith(`${pool.name}/`));
      const alloc = inside.reduce((sum, { volsize = 0 }) => sum + volsize, 0);
      return { name: pool.name, size, alloc, free: size - alloc, frag: 0, dedup: 1, health: "ONLINE" };
    });
}

function readPool(call: Call): object {
  const name = call.required("name");
  const pool = call.node.zfs.value.pools.find((candidate) => candidate.name === name && candidate.imported);
  if (pool === undefined) throw impossible(`command 'zpool status -P ${name}' failed: exit code 1`);
  const children = [{ name, ...HEALTHY, children: pool.vdevs.flatMap(vdevRows), leaf: 0 }];
  return { name, state: "ONLINE", errors: "No known data errors", children };
}

const HEALTHY = { state: "ONLINE", read: 0, write: 0, cksum: 0, msg: "" };

function vdevRows({ type, disks }: DeepReadonly<Pool["vdevs"][number]>, index: number): object[] {
  const leaves = disks.map((id) => ({ name: `/dev/disk/by-id/${id}-part1`, ...HEALTHY, leaf: 1 }));
  return type === "stripe" ? leaves : [{ name: `${type}-${index}`, ...HEALTHY, leaf: 0, children: leaves }];
}
