import { flag, integer, oneOf, optional, text, type Parameters } from "../../core/specification";

const SID = text({ format: "pve-ha-resource-or-vm-id" });
const RULE = text({ format: "pve-configid" });
const COMMENT = optional(text({ maxLength: 4096 }));
const RULE_TYPE = oneOf("node-affinity", "resource-affinity");

const RESOURCE: Parameters = {
  "auto-rebalance": optional(flag()),
  comment: COMMENT,
  failback: optional(flag()),
  group: optional(text({ format: "pve-configid" })),
  max_relocate: optional(integer({ minimum: 0 })),
  max_restart: optional(integer({ minimum: 0 })),
  sid: SID,
  state: optional(oneOf("started", "stopped", "enabled", "disabled", "ignored")),
};

const CHANGE: Parameters = {
  delete: optional(text({ format: "pve-configid-list", maxLength: 4096 })),
  digest: optional(text({ maxLength: 64 })),
};

/** All resources. */
export const LIST_RESOURCES: Parameters = { type: optional(oneOf("ct", "vm")) };
/** One resource. */
export const ONE_RESOURCE: Parameters = { sid: SID };
/** A new resource. */
export const CREATE_RESOURCE: Parameters = { ...RESOURCE, type: optional(oneOf("ct", "vm")) };
/** A changed resource. */
export const CHANGE_RESOURCE: Parameters = { ...RESOURCE, ...CHANGE };
/** A resource that is to go. */
export const DELETE_RESOURCE: Parameters = { purge: optional(flag()), sid: SID };

const RULE_OPTIONS: Parameters = {
  affinity: optional(oneOf("positive", "negative")),
  comment: COMMENT,
  disable: optional(flag()),
  nodes: optional(text({ format: "pve-ha-node-list" })),
  rule: RULE,
  strict: optional(flag()),
  type: RULE_TYPE,
};

/** All rules. */
export const LIST_RULES: Parameters = { resource: optional(text()), type: optional(RULE_TYPE) };
/** One rule. */
export const ONE_RULE: Parameters = { rule: RULE };
/** A new rule. */
export const CREATE_RULE: Parameters = { ...RULE_OPTIONS, resources: text({ format: "pve-ha-resource-id-list" }) };
/** A changed rule. */
export const CHANGE_RULE: Parameters = {
  ...RULE_OPTIONS,
  ...CHANGE,
  resources: optional(text({ format: "pve-ha-resource-id-list" })),
};
