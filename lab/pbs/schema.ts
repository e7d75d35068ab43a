import {
  integer,
  list,
  oneOf,
  optional,
  type Parameters,
  type ParameterSpecification,
  text,
} from "../core/specification";

const SAFE_ID = "[A-Za-z0-9_][A-Za-z0-9._\\-]*";
const USER_ID = `(?:[^\\s:/[:cntrl:]]+)@(?:${SAFE_ID})`;
const LINE = "/^[[:^cntrl:]]*$/";

/** `user@realm`. */
export const USER = text({ minLength: 3, maxLength: 64, pattern: `/^${USER_ID}$/` });
/** `user@realm` or `user@realm!token`. */
export const AUTH_ID = text({ minLength: 3, maxLength: 64, pattern: `/^(?:${USER_ID}|${USER_ID}!(?:${SAFE_ID}))$/` });
/** Name of a token below its user. */
export const TOKEN_NAME = text({ pattern: `/^(?:${SAFE_ID})$/` });
/** Name of a datastore. */
export const STORE = text({ minLength: 3, maxLength: 32, pattern: `/^(?:${SAFE_ID})$/` });
/** Identifier of a job. */
export const JOB_ID = STORE;
/** One line of free text. */
export const COMMENT = text({ maxLength: 128, pattern: LINE });
/** Message of a maintenance mode. */
export const MAINTENANCE_MESSAGE = text({ maxLength: 64, pattern: LINE });
/** SHA-256 of the configuration file that the caller has seen. */
export const DIGEST = text({ pattern: "/^[a-f0-9]{64}$/" });
/** Path in the tree of rights. */
export const ACL_PATH = text({ minLength: 1, maxLength: 128, pattern: `/^(?:/|(?:/(?:${SAFE_ID}))+)$/` });
/** Namespace; empty for the root. */
export const NAMESPACE = text({ maxLength: 256, pattern: `/^(?:(?:(?:${SAFE_ID})/){0,7}(?:${SAFE_ID}))?$/` });
/** One component of a namespace. */
export const NAMESPACE_NAME = text({ minLength: 1, maxLength: 32, pattern: `/^(?:${SAFE_ID})$/` });
/** Kind of guest. */
export const BACKUP_TYPE = oneOf("vm", "ct", "host");
/** Guest id. */
export const BACKUP_ID = text({ pattern: `/^${SAFE_ID}$/` });
/** Start of a backup in seconds since 1970. */
export const BACKUP_TIME = integer({ minimum: 1 });
/** Host name of the server; any well-formed one is the server itself. */
export const NODE = text({ pattern: "/^(?:[a-zA-Z0-9](?:[a-zA-Z0-9\\-]*[a-zA-Z0-9])?)$/" });
/** Identifier of a task. */
export const UPID = text({
  minLength: 36,
  pattern:
    "/^UPID:(?P<node>[a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?):(?P<pid>[0-9A-Fa-f]{8}):(?P<pstart>[0-9A-Fa-f]{8,9}):" +
    "(?P<task_id>[0-9A-Fa-f]{8,16}):(?P<starttime>[0-9A-Fa-f]{8}):(?P<wtype>[^:\\s]+):(?P<wid>[^:\\s]*):(?P<authid>[^:\\s]+):$/",
});
/** Levels of namespaces below the given one. */
export const MAX_DEPTH = integer({ minimum: 0, maximum: 7 });
/** One line of text of a given length, such as a name or a password. */
export const line = (minLength: number, maxLength: number): ParameterSpecification =>
  text({ minLength, maxLength, pattern: LINE });
/** List of fields that an update clears. */
export const deletable = (...names: readonly string[]): ParameterSpecification => optional(list(oneOf(...names)));

/** How many snapshots of each kind a prune keeps; 0 is refused, leaving out means none. */
export const KEEP: Parameters = {
  "keep-last": optional(integer({ minimum: 1 })),
  "keep-hourly": optional(integer({ minimum: 1 })),
  "keep-daily": optional(integer({ minimum: 1 })),
  "keep-weekly": optional(integer({ minimum: 1 })),
  "keep-monthly": optional(integer({ minimum: 1 })),
  "keep-yearly": optional(integer({ minimum: 1 })),
};
