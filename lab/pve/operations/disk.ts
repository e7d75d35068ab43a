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
    .filter((disk) => disk.missing !== true)
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
      return { name: pool.name, size, alloc, free: size - alloc, frag: 0, dedup: 1, health: healthOf(pool, disks) };
    });
}

function readPool(call: Call): object {
  const name = call.required("name");
  const pool = call.node.zfs.value.pools.find((candidate) => candidate.name === name && candidate.imported);
  if (pool === undefined) throw impossible(`command 'zpool status -P ${name}' failed: exit code 1`);
  const { disks } = call.node.zfs.value;
  const state = healthOf(pool, disks);
  const rows = pool.vdevs.flatMap((vdev, index) => vdevRows(vdev, index, disks));
  return { name, state, errors: "No known data errors", children: [{ name, ...row(state), children: rows, leaf: 0 }] };
}

const row = (state: string) => ({ state, read: 0, write: 0, cksum: 0, msg: "" });

type Disks = readonly DeepReadonly<Disk>[];
type Vdev = DeepReadonly<Pool["vdevs"][number]>;

const SPARE_DISKS: Readonly<Record<string, number>> = { stripe: 0, raidz1: 1, raidz2: 2, raidz3: 3 };

/** What ZFS says of a group of disks of which some are gone. */
function vdevHealth({ type, disks: ids }: Vdev, disks: Disks): "ONLINE" | "DEGRADED" | "UNAVAIL" {
  const gone = ids.filter((id) => isGone(id, disks)).length;
  const spare = SPARE_DISKS[type] ?? ids.length - 1;
  if (gone === 0) return "ONLINE";
  return gone <= spare ? "DEGRADED" : "UNAVAIL";
}

function healthOf({ vdevs }: DeepReadonly<Pool>, disks: Disks): string {
  const states = vdevs.map((vdev) => vdevHealth(vdev, disks));
  return ["UNAVAIL", "DEGRADED"].find((state) => states.includes(state as "ONLINE")) ?? "ONLINE";
}

function isGone(id: string, disks: Disks): boolean {
  return disks.find((disk) => disk.id === id)?.missing === true;
}

function vdevRows(vdev: Vdev, index: number, disks: Disks): object[] {
  const leaves = vdev.disks.map((id) => ({
    name: `/dev/disk/by-id/${id}-part1`,
    ...row(isGone(id, disks) ? "UNAVAIL" : "ONLINE"),
    leaf: 1,
  }));
  const state = vdevHealth(vdev, disks);
  return vdev.type === "stripe"
    ? leaves
    : [{ name: `${vdev.type}-${index}`, ...row(state), leaf: 0, children: leaves }];
}
