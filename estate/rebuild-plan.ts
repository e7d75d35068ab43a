import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, identifier, parse, plainText, text } from "./schema";
import { isGuestId, type GuestId } from "./units/guest-id";

/** File in a site's folder that holds a rebuild which is not at its end. */
export const REBUILD_FILE = "rebuild.json";

const guest = z.string().refine((id): id is GuestId => isGuestId(id), expecting('a guest such as "vm:140"'));
const seconds = z.number(expecting("seconds")).min(0, expecting("seconds"));
const moment = text((at) => !Number.isNaN(Date.parse(at)), 'a moment such as "2026-11-26T10:15:00Z"');

const lines = z.record(plainText, z.string(expecting("a text")));

const rebuiltGuest = z.strictObject({
  /** What PBS and PVE know it by, `vm:<vmid>` or `ct:<vmid>`; its number has to be free. */
  guest,
  /** Its name, for people. */
  name: plainText,
  /** Node on which it comes back. */
  node: identifier("node"),
  /** Storage for all its disks. @default - each where it was */
  storage: identifier("storage").optional(),
  /** The snapshot that was chosen for it. */
  archive: plainText,
  /** When that was taken. */
  takenAt: moment,
  /** Bytes of its disks. */
  bytes: z.number(expecting("bytes")).min(0, expecting("bytes")),
  /** Whether it is started: it started with its node, or high availability did it. */
  starts: z.boolean(),
  /** Whether it started with its node. */
  startsWithNode: z.boolean(),
  /** Lines of its configuration that are other than in the backup, before it is ever started. @default - none */
  configuration: lines.optional(),
  /** Lines of its configuration that are left out. @default - none */
  without: z.array(plainText).optional(),
  /** Guests whose restore has to end before its own begins. */
  restoreAfter: z.array(guest),
  /** Guests that have to be started before it. */
  startAfter: z.array(guest),
  /** Seconds after the first restore began at which it is probably back. */
  predicted: z.strictObject({
    /** When it is whole. */
    restored: seconds,
    /** When it runs, and its agent answers where it has one. */
    runs: seconds.optional(),
    /** When it serves. */
    serves: seconds,
    /** Before which it cannot be whole, or run. */
    bound: z.strictObject({ restored: seconds, runs: seconds }).optional(),
  }),
});

const rebuildPlan = z.strictObject({
  /** Form of this file. */
  version: z.literal(1),
  /** When the numbers of all its guests were proved free, by the node's clock. */
  freeSince: moment,
  /** Who restores, `user@realm!token`. */
  login: plainText,
  /** Storage entry through which backups are read. */
  source: z.strictObject({
    storage: identifier("storage"),
    /** Whether the rebuild made it, and takes it away at its end. */
    made: z.boolean(),
  }),
  /** What comes back, in the order of the plan. */
  guests: z.array(rebuiltGuest).min(1, expecting("at least one guest")),
});

/** What a rebuild restores, from what, and in which order: chosen once, so that a run that goes on does the same. */
export type RebuildPlan = z.infer<typeof rebuildPlan>;

/** One guest of a rebuild. */
export type RebuiltGuestPlan = RebuildPlan["guests"][number];

/** Reads a plan strictly. */
export function parseRebuildPlan(input: unknown): Parsed<RebuildPlan> {
  return parse(rebuildPlan, input, REBUILD_FILE);
}
