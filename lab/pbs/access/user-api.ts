import { flag, integer, optional, type Parameters } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { type Fields, stored, updated } from "../config/config-file";
import { ANYBODY, type Call, holders, type Operation, type Permission, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { COMMENT, deletable, DIGEST, line, USER } from "../schema";
import { shuffled } from "../settings";
import { userOf } from "../store/owner";
import { SUPERUSER } from "./rights";
import { removeToken, tokenEntry, tokensOf } from "./token-api";

const FIELDS: Parameters = {
  comment: optional(COMMENT),
  email: optional(line(2, 64)),
  enable: optional(flag()),
  expire: optional(integer({ minimum: 0 })),
  firstname: optional(line(2, 64)),
  lastname: optional(line(2, 64)),
};
const READERS: Permission = { or: [holders("Sys.Audit", "access", "users"), { userParam: "userid" }] };
const WRITERS: Permission = { or: [holders("Permissions.Modify", "access", "users"), { userParam: "userid" }] };
/** Values at which the file is silent (observed on PBS 4.2.3). */
const SILENT: Fields = { enable: true, expire: 0 };
const REALMS = ["pam", "pbs"];

/** Users. */
export const USER_OPERATIONS: readonly Operation[] = [
  { name: "GET /access/users", permission: ANYBODY, parameters: { include_tokens: optional(flag()) }, run: listUsers },
  {
    name: "POST /access/users",
    permission: holders("Permissions.Modify", "access", "users"),
    privileged: true,
    parameters: { ...FIELDS, password: optional(line(8, 64)), userid: USER },
    run: createUser,
  },
  { name: "GET /access/users/{userid}", permission: READERS, parameters: { userid: USER }, run: readUser },
  {
    name: "PUT /access/users/{userid}",
    permission: WRITERS,
    privileged: true,
    parameters: {
      ...FIELDS,
      delete: deletable("comment", "firstname", "lastname", "email"),
      digest: optional(DIGEST),
      password: optional(line(1, 1024)),
      userid: USER,
    },
    run: updateUser,
  },
  {
    name: "DELETE /access/users/{userid}",
    permission: WRITERS,
    privileged: true,
    parameters: { digest: optional(DIGEST), userid: USER },
    run: deleteUser,
  },
];

function listUsers(call: Call): Reply {
  const { server, authId } = call;
  const all = server.rights.hasAny(authId, "/access/users", ["Sys.Audit"]);
  const visible = userIds(server).filter((userid) => all || userid === userOf(authId));
  const data = shuffled(server.settings, visible).map((userid) => {
    const tokens = call.flag("include_tokens") ? tokensOf(server, userid).map((id) => tokenEntry(server, id)) : [];
    return { userid, ...server.users.find(userid), ...(tokens.length > 0 && { tokens }) };
  });
  return { data, beside: { digest: server.users.digest } };
}

function createUser(call: Call): Reply {
  const { server } = call;
  const userid = call.text("userid");
  const realm = userid.slice(userid.lastIndexOf("@") + 1);
  if (!REALMS.includes(realm)) throw new Refusal(`unknown realm '${realm}'`);
  if (userIds(server).includes(userid)) throw new Refusal(`user '${userid}' already exists.`);
  server.users.write(userid, stored(call.except("userid", "password"), SILENT));
  const password = call.maybe("password");
  if (password !== undefined) server.secrets.set(userid, password);
  return { data: null };
}

function readUser(call: Call): Reply {
  const userid = call.text("userid");
  return { data: { userid, ...existing(call.server, userid) }, beside: { digest: call.server.users.digest } };
}

function updateUser(call: Call): Reply {
  const { server } = call;
  const userid = call.text("userid");
  server.users.rejectStale(call.maybe("digest"));
  const set = call.except("userid", "password", "digest", "delete");
  server.users.write(userid, stored(updated(existing(server, userid), set, call.list("delete")), SILENT));
  const password = call.maybe("password");
  if (password !== undefined) server.secrets.set(userid, password);
  return { data: null };
}

/** Tokens go with their user, and their grants; the user's own grants stay (observed on PBS 4.2.3). */
function deleteUser(call: Call): Reply {
  const { server } = call;
  const userid = call.text("userid");
  server.users.rejectStale(call.maybe("digest"));
  if (server.users.find(userid) === undefined) throw new Refusal(`user '${userid}' does not exist.`);
  for (const tokenId of tokensOf(server, userid)) removeToken(server, tokenId);
  server.users.remove(userid);
  server.secrets.forget(userid);
  return { data: null };
}

function existing(server: BackupServer, userid: string): Fields {
  const fields = server.users.find(userid) ?? (userid === SUPERUSER ? {} : undefined);
  if (fields === undefined) throw new Refusal(`no such user '${userid}'`);
  return fields;
}

function userIds(server: BackupServer): string[] {
  return [...new Set([SUPERUSER, ...server.users.ids()])];
}
