import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, identifier, parse, plainText, text } from "./schema";
import { RAID_LEVELS } from "./settings";
import {
  observedDatastore,
  observedDisk,
  observedGroup,
  observedHa,
  observedNode,
  observedNotification,
  observedReplication,
  observedServerJob,
  observedServerLogin,
} from "./observed-items";
import { isVmid } from "./units/guest-id";

/** Version of the form below. A file of another version is refused: look again rather than guess. */
const VERSION = 2;

const vmid = z.int(expecting("a VMID")).refine(isVmid, expecting("a VMID from 100 to 999999999"));
const count = z.int(expecting("a whole number")).min(1, expecting("a whole number"));
const bytes = z.int(expecting("whole bytes")).min(0, expecting("whole bytes"));

/** When an item was last seen that an incomplete look did not show; absent where it was just seen. */
const lastSeen = z.string().optional();

const vdev = z.strictObject({
  /** How these disks stand together: `single` for one alone, else `mirror`, `raidz` … */
  type: z.enum(RAID_LEVELS),
  /** Disks by their names in /dev/disk/by-id where they have one, else by path. */
  disks: z.array(plainText),
});

const pool = z.strictObject({
  /** Node that has it imported. */
  node: identifier("node"),
  /** Name on that node. */
  name: identifier("zfsPool"),
  /** As ZFS says: ONLINE, DEGRADED, FAULTED … */
  health: plainText,
  /** Groups of disks, in ZFS' order. */
  vdevs: z.array(vdev),
  /** All disks of all groups. */
  disks: z.array(plainText),
  /** Raw size in bytes, parity included. */
  size: bytes,
  /** Raw bytes of them that are free; absent where nobody looked. */
  free: bytes.optional(),
  /** Properties of the pool and of its root dataset, as ZFS prints them: `ashift`, `compression`. */
  properties: z.record(z.string(), z.string()),
  lastSeen,
});

const storage = z.strictObject({
  /** Identifier of the entry. */
  storage: identifier("storage"),
  /** In PVE's words: `zfspool`, `pbs`, `dir`. */
  type: plainText,
  /** What it may hold: `images`, `rootdir`, `backup`. */
  content: z.array(plainText),
  /** Nodes that use it; absent when all do. */
  nodes: z.array(identifier("node")).optional(),
  /** ZFS pool or dataset behind a zfspool entry. */
  pool: plainText.optional(),
  /** Whether volumes of a zfspool entry are sparse; absent when the entry says nothing. */
  sparse: z.boolean().optional(),
  /** Server, datastore and namespace behind a pbs entry. */
  server: plainText.optional(),
  /** Datastore behind a pbs entry. */
  datastore: plainText.optional(),
  /** Namespace behind a pbs entry; absent for the root. */
  namespace: plainText.optional(),
  /** Fingerprint of the key with which a pbs entry encrypts, `1` where PVE says only that there is one; absent without a key. */
  encryptionKey: plainText.optional(),
  /** Login of a pbs entry. */
  username: plainText.optional(),
  lastSeen,
});

const guest = z.strictObject({
  /** Number by which PVE knows it. */
  vmid,
  /** Virtual machine or container. */
  kind: z.enum(["vm", "ct"]),
  /** Node on which it was seen; failover and migration move it. */
  node: identifier("node"),
  /** Name in PVE; a guest may have none. */
  name: z.string(),
  /** Whether it is a template, from which guests are made; absent for one that is none. */
  template: z.literal(true).optional(),
  /** Processor cores of all sockets; absent where PVE does not say. */
  cores: count.optional(),
  /** Memory in bytes; absent where PVE does not say. */
  memory: bytes.optional(),
  /** Processor type that a VM is given, `host`; absent for PVE's default. */
  cpuType: plainText.optional(),
  /** Whether its node starts it; absent where it does not. */
  onBoot: z.literal(true).optional(),
  /** Its place when its node starts its guests, lower first; absent where none is set. */
  startOrder: z.int().min(0).optional(),
  /** Bridges to which its network cards go. */
  bridges: z.array(plainText).optional(),
  /** Whether it has snapshots; absent where it has none. */
  snapshots: z.literal(true).optional(),
  /** Files of a storage without which it does not start, and that no backup of it holds; absent where it names none. */
  files: z.array(z.strictObject({ line: plainText, volume: plainText })).optional(),
  lastSeen,
  /** Disks that hold data, without CD drives and cloud-init images. */
  disks: z.array(
    z.strictObject({
      /** In PVE's words: `scsi0`, `rootfs`, `mp0`. */
      slot: plainText,
      /** Storage that holds it; absent for a bind mount or a device of the node, which no backup reads. */
      storage: identifier("storage").optional(),
      /** Volume, or path on the node. */
      volume: plainText,
      /** Size in bytes; absent where PVE does not say. */
      size: bytes.optional(),
      /** Whether a backup reads it. */
      backup: z.boolean(),
      /** Whether replication leaves it out; absent where it does not. */
      unreplicated: z.literal(true).optional(),
    }),
  ),
});

const backupJob = z.strictObject({
  /** Identifier of the job. */
  id: plainText,
  /** Text beside it, by which TAPPaaS' scripts find theirs. */
  comment: z.string().optional(),
  /** Storage into which it writes. */
  storage: identifier("storage").optional(),
  /** When it runs. */
  schedule: plainText.optional(),
  /** Guests by VMID; absent where it takes all, or a pool of guests. */
  vmids: z.array(vmid).optional(),
  /** Whether it takes every guest. */
  all: z.literal(true).optional(),
  /** Whether it runs. */
  enabled: z.boolean().optional(),
  lastSeen,
});

/**
 * One part of the site as it was seen; `complete` says that nothing was hidden by missing rights or a machine that was down, and
 * `because` why something may have been.
 */
function section<T extends z.ZodType>(item: T) {
  return z.strictObject({ complete: z.boolean(), because: z.array(plainText).optional(), items: z.array(item) });
}

const observationSchema = z.strictObject({
  version: z.literal(VERSION, expecting(`version ${VERSION}`)),
  /** When it was taken, RFC 3339 in UTC. */
  takenAt: text(isInstant, 'an instant such as "2026-11-21T04:00:00Z"'),
  /** Folder of the site that it shows. */
  site: plainText,
  /** Version of the backup server, `4.2`; absent in what was taken without asking it. */
  backupServerVersion: plainText.optional(),
  /** ZFS pools of the nodes. */
  pools: section(pool),
  /** Storage entries of the cluster. */
  storages: section(storage),
  /** Virtual machines and containers. */
  guests: section(guest),
  /** Scheduled backups of the cluster; absent in what was taken without looking at them, as are those below. */
  backupJobs: section(backupJob).optional(),
  /** Machines of the cluster. */
  nodes: section(observedNode).optional(),
  /** Disks of the nodes. */
  disks: section(observedDisk).optional(),
  /** What high availability watches, and its rules. */
  highAvailability: section(observedHa).optional(),
  /** Replication of guests' disks to other nodes. */
  replication: section(observedReplication).optional(),
  /** Where PVE and PBS send what they have to say. */
  notifications: section(observedNotification).optional(),
  /** Datastores of the backup server. */
  datastores: section(observedDatastore).optional(),
  /** Its prune, verify and sync jobs. */
  serverJobs: section(observedServerJob).optional(),
  /** Its users, tokens and rights. */
  serverLogins: section(observedServerLogin).optional(),
  /** Backups that lie on it, a line a guest. */
  backupGroups: section(observedGroup).optional(),
});

/**
 * What `make observe` saw of a site, with its date: by it a program knows what exists and takes it over rather than making
 * it twice. It is a memory and not the site: whatever is done with it looks again first.
 */
export type Observation = z.infer<typeof observationSchema>;

/** Backups of one guest as they were seen. */
export type ObservedGroup = NonNullable<Observation["backupGroups"]>["items"][number];

/** A ZFS pool as it was seen. */
export type ObservedPool = Observation["pools"]["items"][number];

/** A storage entry as it was seen. */
export type ObservedStorage = Observation["storages"]["items"][number];

/** A guest as it was seen. */
export type ObservedGuest = Observation["guests"]["items"][number];

/** Reads `observed.json` strictly, naming all that is wrong with it. Nobody corrects it by hand: the site is looked at again. */
export function parseObservation(input: unknown, where: string): Parsed<Observation> {
  const parsed = parse(observationSchema, input, where);
  if (parsed.ok) return parsed;
  return { ok: false, problems: parsed.problems.map((problem) => ({ ...problem, cure: "run `make observe` again" })) };
}

function isInstant(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
