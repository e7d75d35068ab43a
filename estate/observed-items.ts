import * as z from "zod";

import { plainText } from "./schema";

const count = z.int().min(0);
const lastSeen = z.string().optional();

/** A machine of the cluster as it was seen. */
export const observedNode = z.strictObject({
  /** Name in PVE. */
  name: plainText,
  /** Whether it answered. */
  online: z.boolean(),
  /** Version of PVE on it, `pve-manager/9.1.4/…`; absent when it did not answer, as is what follows. */
  version: plainText.optional(),
  /** Model of its processors: live migration takes two that are alike. */
  cpuModel: plainText.optional(),
  /** Processor threads. */
  threads: count.optional(),
  /** Memory in bytes. */
  memory: count.optional(),
  /** IANA name of its time zone: schedules are by its clock. */
  timeZone: plainText.optional(),
  /** Addresses that it asks for names, first to last. */
  resolvers: z.array(plainText).optional(),
  /** Bridges with a cable, or something else behind them: a guest's network finds them by name. */
  bridges: z.array(plainText).optional(),
  lastSeen,
});

/** A disk of a node as it was seen. */
export const observedDisk = z.strictObject({
  /** Node that has it. */
  node: plainText,
  /** Name in /dev/disk/by-id, else its path. */
  id: plainText,
  /** Bytes. */
  size: count,
  /** Model, where it says one. */
  model: plainText.optional(),
  /** What S.M.A.R.T. says: `PASSED`, `FAILED` …; absent where it says nothing. */
  health: plainText.optional(),
  /** Life left of an SSD in percent; absent where it does not say. */
  lifeLeft: z.number().optional(),
  /** What uses it: `ZFS`, `LVM`, `partitions` …; absent for a free one. */
  usedBy: plainText.optional(),
  lastSeen,
});

/** Something that high availability keeps running, a rule about where, or a device that votes beside the nodes. */
export const observedHa = z.strictObject({
  /** A watched guest, a rule, or a vote that is no node. */
  kind: z.enum(["resource", "rule", "quorum-device"]),
  /** `vm:140`, the name of the rule, or the device's address. */
  id: plainText,
  /** State that is asked for; of a rule, its type; of a device, whether it is connected. */
  state: plainText.optional(),
  /** Guests of a rule. */
  resources: z.array(plainText).optional(),
  /** Nodes of a rule, with priorities as PVE writes them. */
  nodes: plainText.optional(),
  /** Whether a rule is switched off; absent for one that counts. */
  disabled: z.literal(true).optional(),
  lastSeen,
});

/** Replication of one guest to one node. */
export const observedReplication = z.strictObject({
  /** `140-0`. */
  id: plainText,
  /** Node that gets the replica. */
  target: plainText,
  /** Node from which it comes: where the guest was when the job last ran; absent where PVE does not say. */
  source: plainText.optional(),
  /** When it runs. */
  schedule: plainText.optional(),
  lastSeen,
});

/** A place to which PVE or PBS sends messages, or a rule for which go there. Addresses may hold secrets and are left out. */
export const observedNotification = z.strictObject({
  /** Who sends. */
  product: z.enum(["pve", "pbs"]),
  /** A target, or a matcher. */
  kind: z.enum(["target", "matcher"]),
  /** Its name. */
  name: plainText,
  /** `sendmail`, `smtp`, `gotify`, `webhook`; of targets alone. */
  type: plainText.optional(),
  /** Targets of a matcher. */
  targets: z.array(plainText).optional(),
  lastSeen,
});

/** A datastore as it was seen. */
export const observedDatastore = z.strictObject({
  /** Name on the server. */
  name: plainText,
  /** Path on the server. */
  path: plainText,
  /** When garbage collection runs; absent when it does not. */
  garbageCollection: plainText.optional(),
  /** Whether each new snapshot is verified. */
  verifyNew: z.boolean().optional(),
  lastSeen,
});

/** A job of the backup server. */
export const observedServerJob = z.strictObject({
  /** What it does. */
  kind: z.enum(["prune", "verify", "sync"]),
  /** Its identifier. */
  id: plainText,
  /** Datastore on which it works. */
  store: plainText,
  /** When it runs; absent when only by hand. */
  schedule: plainText.optional(),
  /** What a prune job keeps, in PBS' words: `keep-daily=7`. */
  keeps: z.array(plainText).optional(),
  lastSeen,
});

/** A login of the backup server, or a right. Secrets are never shown by PBS. */
export const observedServerLogin = z.strictObject({
  /** A user, a token, or an entry of the access control list. */
  kind: z.enum(["user", "token", "right"]),
  /** `tappaas@pbs`, `tappaas@pbs!pve`; of a right, who has it. */
  id: plainText,
  /** Path of a right. */
  path: plainText.optional(),
  /** Role of a right. */
  role: plainText.optional(),
  lastSeen,
});

/** Backups of one guest in one place. */
export const observedGroup = z.strictObject({
  /** Datastore that holds them. */
  store: plainText,
  /** Namespace in it; absent for the root. */
  namespace: plainText.optional(),
  /** `vm/140`. */
  group: plainText,
  /** Login that owns them: only it can go on with them. */
  owner: plainText.optional(),
  /** How many there are. */
  snapshots: count,
  /** How many of them are not encrypted: whoever owns the server reads those. */
  unencrypted: count,
  /** The newest, RFC 3339 in UTC. */
  newest: plainText.optional(),
  /** Times of those that are protected, RFC 3339 in UTC; absent where none is. The login that writes them can end that. */
  protected: z.array(plainText).optional(),
  lastSeen,
});
