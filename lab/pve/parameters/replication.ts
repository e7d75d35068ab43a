import { decimal, flag, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NODE, VMID } from "./common";

const ID = text({ format: "pve-replication-job-id", pattern: "[1-9][0-9]{2,8}-\\d{1,9}" });

/** One job. */
export const READ_REPLICATION: Parameters = { id: ID };

/** A new job. */
export const CREATE_REPLICATION: Parameters = {
  comment: optional(text({ maxLength: 4096 })),
  disable: optional(flag()),
  id: ID,
  rate: optional(decimal({ minimum: 1 })),
  remove_job: optional(oneOf("local", "full")),
  schedule: optional(text({ format: "pve-calendar-event", maxLength: 128 })),
  source: optional(NODE),
  target: NODE,
  type: oneOf("local"),
};

/** A changed job; its target stays. */
export const UPDATE_REPLICATION: Parameters = {
  comment: optional(text({ maxLength: 4096 })),
  delete: optional(text({ format: "pve-configid-list", maxLength: 4096 })),
  digest: optional(text({ maxLength: 64 })),
  disable: optional(flag()),
  id: ID,
  rate: optional(decimal({ minimum: 1 })),
  remove_job: optional(oneOf("local", "full")),
  schedule: optional(text({ format: "pve-calendar-event", maxLength: 128 })),
  source: optional(NODE),
};

/** A job that is to go. */
export const DELETE_REPLICATION: Parameters = { force: optional(flag()), id: ID, keep: optional(flag()) };

/** Jobs of a node. */
export const LIST_NODE_REPLICATION: Parameters = { guest: optional(VMID), node: NODE };

/** One job, as its node knows it. */
export const NODE_REPLICATION: Parameters = { id: ID, node: NODE };
