import { flag, integer, optional, type Parameters } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { type Fields, stored, updated } from "../config/config-file";
import { type Call, holders, type Operation, type Permission, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { COMMENT, deletable, DIGEST, TOKEN_NAME, USER } from "../schema";
import { shuffled } from "../settings";
import { userOf } from "../store/owner";

const ID: Parameters = { userid: USER, "token-name": TOKEN_NAME };
const FIELDS: Parameters = {
  comment: optional(COMMENT),
  digest: optional(DIGEST),
  enable: optional(flag()),
  expire: optional(integer({ minimum: 0 })),
};
const READERS: Permission = { or: [holders("Sys.Audit", "access", "users"), { userParam: "userid" }] };
const WRITERS: Permission = { or: [holders("Permissions.Modify", "access", "users"), { userParam: "userid" }] };
const SILENT: Fields = { enable: true, expire: 0 };
const PATH = "/access/users/{userid}/token/{token-name}";

/** API tokens. */
export const TOKEN_OPERATIONS: readonly Operation[] = [
  { name: "GET /access/users/{userid}/token", permission: READERS, parameters: { userid: USER }, run: listTokens },
  { name: `GET ${PATH}`, permission: READERS, parameters: ID, run: readToken },
  { name: `POST ${PATH}`, permission: WRITERS, privileged: true, parameters: { ...ID, ...FIELDS }, run: createToken },
  {
    name: `PUT ${PATH}`,
    permission: WRITERS,
    privileged: true,
    parameters: { ...ID, ...FIELDS, delete: deletable("comment"), regenerate: optional(flag()) },
    run: updateToken,
  },
  {
    name: `DELETE ${PATH}`,
    permission: WRITERS,
    privileged: true,
    parameters: { ...ID, digest: optional(DIGEST) },
    run: deleteToken,
  },
];

/** Ids of a user's tokens. */
export function tokensOf(server: BackupServer, userid: string): string[] {
  return server.tokens.ids().filter((tokenId) => userOf(tokenId) === userid);
}

/** A token as lists show it. */
export function tokenEntry(server: BackupServer, tokenid: string): Fields {
  return { tokenid, "token-name": tokenid.slice(tokenid.indexOf("!") + 1), ...server.tokens.find(tokenid) };
}

/** Removes a token, its secret and its grants. */
export function removeToken(server: BackupServer, tokenId: string): void {
  server.tokens.remove(tokenId);
  server.secrets.forget(tokenId);
  server.acl.change((acl) => (acl.entries = acl.entries.filter(({ ugid }) => ugid !== tokenId)));
}

function listTokens(call: Call): Reply {
  const { server } = call;
  const tokens = shuffled(server.settings, tokensOf(server, call.text("userid")));
  return { data: tokens.map((id) => tokenEntry(server, id)), beside: { digest: server.tokens.digest } };
}

function readToken(call: Call): Reply {
  const { server } = call;
  const tokenid = idOf(call);
  return { data: { tokenid, ...existing(server, tokenid) }, beside: { digest: server.tokens.digest } };
}

/** Also for a user that is not there (observed on PBS 4.2.3). */
function createToken(call: Call): Reply {
  const { server } = call;
  const tokenid = idOf(call);
  server.tokens.rejectStale(call.maybe("digest"));
  if (server.tokens.find(tokenid) !== undefined) {
    throw new Refusal(`token '${call.text("token-name")}' for user '${call.text("userid")}' already exists.`);
  }
  server.tokens.write(tokenid, stored(call.except("userid", "token-name", "digest"), SILENT));
  return { data: { tokenid, value: server.secrets.mint(tokenid) } };
}

function updateToken(call: Call): Reply {
  const { server } = call;
  const tokenid = idOf(call);
  server.tokens.rejectStale(call.maybe("digest"));
  const set = call.except("userid", "token-name", "digest", "delete", "regenerate");
  server.tokens.write(tokenid, stored(updated(existing(server, tokenid), set, call.list("delete")), SILENT));
  return { data: call.flag("regenerate") ? { secret: server.secrets.mint(tokenid) } : {} };
}

function deleteToken(call: Call): Reply {
  const { server } = call;
  const tokenid = idOf(call);
  server.tokens.rejectStale(call.maybe("digest"));
  if (server.tokens.find(tokenid) === undefined) {
    throw new Refusal(`token '${call.text("token-name")}' of user '${call.text("userid")}' does not exist.`);
  }
  removeToken(server, tokenid);
  return { data: null };
}

function idOf(call: Call): string {
  return `${call.text("userid")}!${call.text("token-name")}`;
}

function existing(server: BackupServer, tokenid: string): Fields {
  const fields = server.tokens.find(tokenid);
  if (fields === undefined) throw new Refusal(`no such token '${tokenid}'`);
  return fields;
}
