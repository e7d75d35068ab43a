import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, parse, plainText, text } from "./schema";

/** Days after which a sheet that nobody has looked at may have been lost, soaked or thrown away. */
const CHECK_EVERY_DAYS = 180;
const DAY_MS = 86_400_000;

const day = text(
  (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  'a day such as "2026-12-31"',
);

const escrowPlace = z.strictObject({
  /** Who keeps the sheet. */
  who: plainText,
  /** Where: a safe, a relative's house, a bank. */
  where: plainText,
  /** Day on which somebody last read it and found it whole. */
  checked: day,
});

const shareSet = z.strictObject({
  /** How many shares give the key back. */
  needed: z.int().min(2),
  /** How many there are. */
  of: z.int().min(2),
  /** Who keeps which of them. */
  places: z.array(z.strictObject({ ...escrowPlace.shape, number: z.int().min(1) })).default([]),
});

const escrowRecord = z.strictObject({
  version: z.literal(1, expecting("1")),
  /** Fingerprint of the key that the sheets hold. */
  fingerprint: plainText,
  /** Places that hold a sheet; there should be two. */
  places: z.array(escrowPlace).default([]),
  /** Parts of the key with several people, where it was taken apart. */
  shares: shareSet.optional(),
  /** Days between two looks at each. @default 180 */
  checkEveryDays: z.int().min(1).default(CHECK_EVERY_DAYS),
});

/** Where the escrow sheets of a site are, without anything that is on them. */
export type EscrowRecord = z.infer<typeof escrowRecord>;

/** One place that holds a sheet. */
export type EscrowPlace = z.infer<typeof escrowPlace>;

/** File of a site's folder that holds it. */
export const ESCROW_FILE = "escrow.json";

/** Reads it strictly. */
export function parseEscrowRecord(input: unknown): Parsed<EscrowRecord> {
  return parse(escrowRecord, input, ESCROW_FILE);
}

/** Places of sheets and shares that nobody has looked at for too long, each with the number of days. */
export function overdueChecks(
  { places, shares, checkEveryDays }: EscrowRecord,
  now: number,
): (EscrowPlace & { days: number })[] {
  const all: EscrowPlace[] = [...places, ...(shares?.places ?? [])];
  const aged = all.map((place) => ({ ...place, days: Math.floor((now - Date.parse(place.checked)) / DAY_MS) }));
  return aged.filter(({ days }) => days > checkEveryDays);
}

/** Whether the key comes back from shares of which it is written down who keeps them. */
export function hasShares(record: EscrowRecord | undefined): boolean {
  return record?.shares !== undefined && record.shares.places.length >= record.shares.needed;
}

/** Whether the key comes back from paper: from one sheet, or from as many shares as are needed. */
export function isOnPaper(record: EscrowRecord | undefined): boolean {
  return (record?.places ?? []).length > 0 || hasShares(record);
}
