import { oneOf, optional } from "../../core/specification";
import { ANYBODY, type Operation } from "../operation";

/** Sync jobs; the lab's backup server has none. Without a direction a real server lists pull jobs only (observed). */
export const SYNC_JOB_OPERATIONS: readonly Operation[] = [
  {
    name: "GET /config/sync",
    permission: ANYBODY,
    parameters: { "sync-direction": optional(oneOf("all", "push", "pull")) },
    run: () => ({ data: [] }),
  },
];
