import * as z from "zod";

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, "expected a host name in lower case");
const host = z.int().min(2).max(254);

/** Whether it is there only once the account with AWS has a running machine that becomes it. */
const instance = z.literal(true).optional();

const Disk = z.strictObject({
  /** Name below /dev/disk/by-id. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** Kernel name, `sda`. */
  device: z.string().regex(/^(sd[a-z]|nvme\dn1)$/),
  /** Size in bytes. */
  size: z.int().positive(),
  serial: z.string(),
  model: z.string(),
  kind: z.enum(["ssd", "hdd", "nvme"]),
  /** A partition table or filesystem that is on it already; absent means empty. */
  holds: z.string().optional(),
});

const Pool = z.strictObject({
  name: z.string(),
  vdev: z.enum(["stripe", "mirror", "raidz1", "raidz2", "raidz3"]),
  disks: z.array(z.string()).min(1),
  /** Pool properties that are not at their default: `ashift`, `autotrim`. */
  properties: z.record(z.string(), z.string()).default({}),
  /** Properties of the root dataset that are not at their default: `compression`, `atime`. */
  dataset: z.record(z.string(), z.string()).default({}),
});

const GuestDisk = z.strictObject({
  /** Key in the guest's config: `scsi0`, `rootfs`. */
  key: z.string(),
  /** Bytes, a multiple of 1 MiB. */
  size: z.int().multipleOf(1024 * 1024),
  /** Seeds of the contents, one a MiB from the start on: equal seeds give equal bytes; `""` and the rest are zero. */
  contents: z.array(z.string()),
});

const Service = z.strictObject({
  /** Address at which it answers, in the networks of the guest's cards. */
  address: z.ipv4(),
  /** TCP port at which it answers. */
  port: z.int().min(1).max(65_535),
  /** What it has to reach before it answers itself: `10.0.0.140:9000`. */
  needs: z.array(z.string().regex(/^[\d.]+:\d+$/)).default([]),
});

const Guest = z.strictObject({
  vmid: z.int().min(100),
  type: z.enum(["qemu", "lxc"]),
  name: z.string(),
  running: z.boolean(),
  /** Storage that holds the disks. */
  storage: z.string(),
  /** Config lines as PVE shows them, without the disks. */
  config: z.record(z.string(), z.string()),
  disks: z.array(GuestDisk),
  /** What is installed on its first disk, and comes back with a copy of it; nothing answers when absent. */
  service: Service.optional(),
});

const Storage = z.strictObject({ storage: z.string(), type: z.string() }).catchall(z.string());

const Hardware = z.strictObject({
  /** Processor model, as /proc/cpuinfo says it. */
  cpu: z.string(),
  /** Processor threads. */
  threads: z.int().positive(),
  /** Memory in bytes. */
  memory: z.int().positive(),
});

const Node = z.strictObject({
  name,
  host,
  instance,
  /** Name of its cluster; absent for a node that stands alone. */
  cluster: z.string().optional(),
  /** What it is made of; the lab's own processor and 128 GiB when absent. */
  hardware: Hardware.optional(),
  /** Bridges with a cable; `lan` alone when absent. */
  bridges: z.array(z.string()).optional(),
  /** Further interfaces, as its API lists them: bridges without a cable, VLANs of its own. */
  interfaces: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).optional(),
  /** Whom it asks for names, first to last; the firewall of TAPPaaS' management network when absent. */
  resolvers: z.array(z.ipv4()).min(1).max(3).optional(),
  disks: z.array(Disk),
  pools: z.array(Pool),
  /** Storage entries that exist on day one, besides `local`. */
  storages: z.array(Storage),
  guests: z.array(Guest),
});

const Pbs = z.strictObject({
  name,
  /** Its own, or that of a node: then it is no machine of its own, and comes with its package when that is installed there. */
  host,
  instance,
  disks: z.array(Disk).default([]),
});

const Device = z.strictObject({
  name,
  host,
  /** Whether it stands on the site or behind its connection to the world. */
  place: z.enum(["lan", "wan"]),
  /** Whether it has corosync-qnetd. */
  qnetd: z.boolean().default(true),
});

const Cloudflare = z.strictObject({
  host,
  /** Identifier of the account. */
  account: z.string().regex(/^[0-9a-f]{32}$/),
  /** Identifiers of its zones by domain. */
  zones: z.record(z.string(), z.string().regex(/^[0-9a-f]{32}$/)),
});

const S3 = z.strictObject({
  host,
  /** Region of all buckets. */
  region: z.string(),
});

const Aws = z.strictObject({
  host,
  /** Region of the account's endpoints. */
  region: z.string(),
});

/** Versions that the lab knows the differences of; see `versions.ts` beside this file. */
const Versions = z.strictObject({
  /** PVE of every node. */
  pve: z.enum(["8.4.14", "9.0.3", "9.1.4", "9.2.1"]).optional(),
  /** PBS of every backup server. */
  pbs: z.enum(["3.4", "4.0", "4.1", "4.2"]).optional(),
});

const Site = z.strictObject({
  name,
  /** What its machines run; the newest when absent. */
  versions: Versions.optional(),
  nodes: z.array(Node),
  pbs: z.array(Pbs),
  /** Machines that are no nodes and may lend a cluster their vote. */
  devices: z.array(Device).optional(),
  /** An account at Cloudflare; there is none when absent. */
  cloudflare: Cloudflare.optional(),
  /** An account with an S3 provider; there is none when absent. */
  s3: S3.optional(),
  /** An account with AWS for machines and what belongs to them; there is none when absent. */
  aws: Aws.optional(),
});

/** A disk of a machine. */
export type DiskDescription = z.infer<typeof Disk>;
/** A ZFS pool that exists on day one. */
export type PoolDescription = z.infer<typeof Pool>;
/** A guest that exists on day one. */
export type GuestDescription = z.infer<typeof Guest>;
/** A service on a guest's disk. */
export type ServiceDescription = z.infer<typeof Service>;
/** A PVE node. */
export type NodeDescription = z.infer<typeof Node>;
/** A backup server. */
export type PbsDescription = z.infer<typeof Pbs>;
/** A machine that may lend a cluster its vote. */
export type DeviceDescription = z.infer<typeof Device>;
/** A whole site as it is on day one. */
export type SiteDescription = z.infer<typeof Site>;

/**
 * Reads a site description.
 * @throws {Error} Naming everything that is wrong with it.
 */
export function parseSiteDescription(text: string): SiteDescription {
  const parsed = Site.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`The site description is invalid:\n${z.prettifyError(parsed.error)}`);
}
