import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, identifier, parse, plainText, text } from "./schema";
import { isGuestId, type GuestId } from "./units/guest-id";

/** File in a site's folder that holds a drill which is not cleaned up yet. */
export const DRILL_FILE = "drill.json";

const guest = z.string().refine((id): id is GuestId => isGuestId(id), expecting('a guest such as "vm:9900"'));
const moment = text((at) => !Number.isNaN(Date.parse(at)), 'a moment such as "2026-11-27T10:15:00Z"');

const drilledGuest = z.strictObject({
  /** What it is restored as, `vm:<vmid>` or `ct:<vmid>`; its number was proved free. */
  guest,
  /** The guest of the site whose backup it is. */
  of: guest,
  /** Its name, for people. */
  name: plainText,
  /** Node that reads it back. */
  node: identifier("node"),
  /** Storage for all its disks. @default - each where it was */
  storage: identifier("storage").optional(),
  /** The snapshot that was chosen for it. */
  archive: plainText,
  /** When that was taken. */
  takenAt: moment,
  /** Bytes of its disks. */
  bytes: z.number(expecting("bytes")).min(0, expecting("bytes")),
  /** Port at which the inventory says that it answers. */
  port: z.int().optional(),
  /** Numbers that guests have at home which it needs, and which are in the drill too. */
  needs: z.array(z.int()).default([]),
  /** Lines of its network cards in the drill, by their names, given with the restore; none where it has no network. */
  cards: z.record(z.string(), z.string()).default({}),
  /** The task that restored it; absent until PVE named it. */
  upid: plainText.optional(),
  /** Whether the drill's own mark stands in its configuration: without it nothing is destroyed from then on. @default false */
  marked: z.boolean().default(false),
});

const drillPlan = z.strictObject({
  /** Form of this file. */
  version: z.literal(1),
  /** When the numbers of all its guests were proved free, by the node's clock. */
  freeSince: moment,
  /** Who restores, `user@realm!token`. */
  login: plainText,
  /** Machine and process that drill: while they live, no other run touches anything. */
  process: z.strictObject({ host: plainText, pid: z.int() }),
  /** Storage entry through which backups are read. */
  source: z.strictObject({
    storage: identifier("storage"),
    /** Whether the drill made it, and takes it away at its end. */
    made: z.boolean(),
  }),
  /** Bridge on which all of them are; absent where each is alone, without cards. */
  bridge: plainText.optional(),
  /** What is restored, in order; none as long as only the storage entry is being made. */
  guests: z.array(drilledGuest),
});

/** What a drill restores, and from what: written down before anything is asked of a node, so that another run can clean up. */
export type DrillPlan = z.infer<typeof drillPlan>;

/** One guest of a drill. */
export type DrilledGuest = DrillPlan["guests"][number];

/** Reads it strictly. */
export function parseDrillPlan(input: unknown): Parsed<DrillPlan> {
  return parse(drillPlan, input, DRILL_FILE);
}

const MARK = "drill of ";

/** Whether notes are those of some drill. */
export function isDrillMark(notes: string): boolean {
  return notes.startsWith(MARK);
}

/** What the drill writes into the notes of a restored guest, and looks for before it destroys it. */
export function drillMark({ freeSince }: Pick<DrillPlan, "freeSince">, { guest: id, of }: DrilledGuest): string {
  return `${MARK}${of} as ${id}, begun ${freeSince}: it is destroyed when the drill ends`;
}
