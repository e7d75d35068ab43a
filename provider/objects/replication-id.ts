import * as z from "zod";

/** Identifier of a replication job in PVE, `<vmid>-<number>`. */
export const REPLICATION_ID = z.string().regex(/^[1-9]\d{2,8}-\d{1,9}$/, 'expected a replication job such as "140-0"');

/** VMID in the identifier of a replication job. */
export function guestIn(jobId: string): number {
  return Number(jobId.split("-")[0]);
}
