import { type AclEntry, splitAuthId } from "../access";
import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { LIST_PERMISSIONS, UPDATE_ACL } from "../parameters/access";
import { impossible, invalid, Refusal } from "../refusal";
import { privilegesOn } from "../rights";
import { privilegesOf } from "../roles";

/** Rights. Texts: pve-access-control, src/PVE/API2/ACL.pm, AccessControl.pm. */
export const RIGHTS: readonly Operation[] = [
  { name: "GET /access/acl", parameters: {}, permissions: { user: "all" }, handle: listAcl },
  {
    name: "PUT /access/acl",
    parameters: UPDATE_ACL,
    permissions: { check: ["perm-modify", "{path}"] },
    handle: updateAcl,
  },
  {
    name: "GET /access/permissions",
    parameters: LIST_PERMISSIONS,
    permissions: { user: "all" },
    handle: listPermissions,
  },
];

const PATH =
  /^\/(?:access(?:\/(?:groups|realm)(?:\/[\w.-]+)?)?|nodes(?:\/[\w.-]+)?|pool(?:\/[\w./-]+)?|sdn(?:\/[\w./-]+)?|storage(?:\/[\w.-]+)?|vms(?:\/[1-9]\d{2,})?|mapping(?:\/[\w./-]+)?)?$/;

/** Without `Sys.Audit` or `Permissions.Modify` on /access a user sees only what it may modify: nothing. */
function listAcl(call: Call): unknown[] {
  if (!call.cluster.allows(call.authId, "/access", ["Sys.Audit", "Permissions.Modify"], true)) return [];
  return call.cluster.access.value.acl.map((entry) => ({ ...entry, propagate: entry.propagate ? 1 : 0 }));
}

function updateAcl(call: Call): void {
  const path = call.required("path").replace(/(.)\/+$/, "$1");
  if (!PATH.test(path)) throw invalid({ path: `invalid ACL path '${path}'` });
  if (splitList(call.text("groups") ?? "").length > 0) throw impossible("no such group");
  const users = splitList(call.text("users") ?? "").map((ugid) => ({ type: "user" as const, ugid }));
  const tokens = splitList(call.text("tokens") ?? "").map((ugid) => ({ type: "token" as const, ugid }));
  if (users.length + tokens.length === 0)
    throw invalid({ users: "property is missing", groups: "property is missing" });
  for (const roleid of splitList(call.required("roles"))) {
    refuseMoreThanOwn(call, path, roleid);
    if (privilegesOf(call.cluster.access.value, roleid) === undefined)
      throw impossible(`role '${roleid}' does not exist`);
    for (const { type, ugid } of [...users, ...tokens]) {
      requireHolder(call, ugid);
      write(call, { path, type, ugid, roleid, propagate: call.text("propagate") !== "0" });
    }
  }
}

/** Without `Permissions.Modify` one may hand on only what one has. */
function refuseMoreThanOwn(call: Call, path: string, roleid: string): void {
  const own = privilegesOn(call.cluster.access.value, call.authId, path);
  if ("Permissions.Modify" in own) return;
  const more = privilegesOf(call.cluster.access.value, roleid)?.some((name) => !(name in own)) === true;
  if (more) throw new Refusal(403, `Permission check failed (${path}, Permissions.Modify)`);
}

function requireHolder(call: Call, ugid: string): void {
  const { user, token } = splitAuthId(ugid);
  const found = call.cluster.access.value.users[user];
  if (found === undefined) throw impossible(`user '${user}' does not exist`);
  if (token !== undefined && found.tokens[token] === undefined) throw impossible(`token '${ugid}' does not exist`);
}

function write(call: Call, entry: AclEntry): void {
  const { path, ugid, roleid } = entry;
  call.cluster.access.change((access) => {
    const isOther = (other: AclEntry): boolean => other.path !== path || other.ugid !== ugid || other.roleid !== roleid;
    access.acl = access.acl.filter(isOther);
    if (!call.flag("delete")) access.acl.push(entry);
  });
}

const TOP_PATHS = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

function listPermissions(call: Call): object {
  const authId = call.text("userid") ?? call.authId;
  if (authId !== call.authId) call.cluster.require(call.authId, "/access", ["Sys.Audit"]);
  const path = call.text("path");
  const { value } = call.cluster.access;
  const paths = path === undefined ? [...new Set([...TOP_PATHS, ...value.acl.map((entry) => entry.path)])] : [path];
  const held = paths.map((one) => [one, privilegesOn(value, authId, one)] as const);
  const told = held.filter(([, privileges]) => path !== undefined || Object.keys(privileges).length > 0);
  return Object.fromEntries(told.map(([one, privileges]) => [one, bits(privileges)]));
}

function bits(privileges: Readonly<Record<string, boolean>>): Record<string, number> {
  return Object.fromEntries(Object.entries(privileges).map(([name, below]) => [name, below ? 1 : 0]));
}
