import { flag, integer, optional, text, type Parameters } from "../../core/specification";
import { TOKENID, USERID } from "./common";

/** Log in with a password. */
export const LOGIN: Parameters = {
  "new-format": optional(flag()),
  otp: optional(text()),
  password: text(),
  path: optional(text({ maxLength: 64, requires: "privs" })),
  privs: optional(text({ format: "pve-priv-list", maxLength: 64, requires: "path" })),
  realm: optional(text({ format: "pve-realm", maxLength: 32 })),
  "tfa-challenge": optional(text()),
  username: text({ maxLength: 64 }),
};

/** Users. */
export const LIST_USERS: Parameters = {
  enabled: optional(flag()),
  full: optional(flag()),
};

/** A new user. */
export const CREATE_USER: Parameters = {
  comment: optional(text({ maxLength: 2048 })),
  email: optional(text({ format: "email-opt", maxLength: 254 })),
  enable: optional(flag()),
  expire: optional(integer({ minimum: 0 })),
  firstname: optional(text({ maxLength: 1024 })),
  groups: optional(text({ format: "pve-groupid-list" })),
  keys: optional(text({ pattern: "[0-9a-zA-Z!=]{0,4096}" })),
  lastname: optional(text({ maxLength: 1024 })),
  password: optional(text({ minLength: 8, maxLength: 64 })),
  userid: USERID,
};

/** A changed user. */
export const UPDATE_USER: Parameters = {
  append: optional(flag({ requires: "groups" })),
  comment: optional(text({ maxLength: 2048 })),
  email: optional(text({ format: "email-opt", maxLength: 254 })),
  enable: optional(flag()),
  expire: optional(integer({ minimum: 0 })),
  firstname: optional(text({ maxLength: 1024 })),
  groups: optional(text({ format: "pve-groupid-list" })),
  keys: optional(text({ pattern: "[0-9a-zA-Z!=]{0,4096}" })),
  lastname: optional(text({ maxLength: 1024 })),
  userid: USERID,
};

/** A new token. */
export const CREATE_TOKEN: Parameters = {
  comment: optional(text()),
  expire: optional(integer({ minimum: 0 })),
  privsep: optional(flag()),
  tokenid: TOKENID,
  userid: USERID,
};

/** A changed token. */
export const UPDATE_TOKEN: Parameters = {
  comment: optional(text()),
  delete: optional(text({ format: "pve-configid-list" })),
  expire: optional(integer({ minimum: 0 })),
  privsep: optional(flag()),
  regenerate: optional(flag()),
  tokenid: TOKENID,
  userid: USERID,
};

/** Rights given or taken. */
export const UPDATE_ACL: Parameters = {
  delete: optional(flag()),
  groups: optional(text({ format: "pve-groupid-list" })),
  path: text(),
  propagate: optional(flag()),
  roles: text({ format: "pve-roleid-list" }),
  tokens: optional(text({ format: "pve-tokenid-list" })),
  users: optional(text({ format: "pve-userid-list" })),
};

/** Effective rights. */
export const LIST_PERMISSIONS: Parameters = {
  path: optional(text()),
  userid: optional(
    text({ pattern: "(?^:^(?^:[^\\s:/]+)\\@(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+)(?:!(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+))?$)" }),
  ),
};

/** A new password. */
export const CHANGE_PASSWORD: Parameters = {
  "confirmation-password": optional(text({ minLength: 5, maxLength: 64 })),
  password: text({ minLength: 8, maxLength: 64 }),
  userid: USERID,
};

const ROLEID = text({ format: "pve-roleid" });

/** One role. */
export const ROLE: Parameters = { roleid: ROLEID };

/** A new role. */
export const CREATE_ROLE: Parameters = { privs: optional(text({ format: "pve-priv-list" })), roleid: ROLEID };

/** A changed role. */
export const CHANGE_ROLE: Parameters = {
  append: optional(flag({ requires: "privs" })),
  privs: optional(text({ format: "pve-priv-list" })),
  roleid: ROLEID,
};
