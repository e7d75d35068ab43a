import { createHash } from "node:crypto";

import { flag, oneOf, optional, text } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { ACL_PATH, AUTH_ID, DIGEST } from "../schema";
import { shuffled } from "../settings";
import { isToken, userOf } from "../store/owner";
import { type AclEntry, pathAndAncestors } from "./acl-tree";
import { PRIVILEGES, ROLES } from "./privileges";
import { SUPERUSER } from "./rights";

const ROLE = oneOf(...Object.keys(ROLES));
const GROUP = text({ minLength: 3, maxLength: 64, pattern: "/^(?:[^\\s:/[:cntrl:]]+)$/" });

/** Grants, and what follows from them. */
export const ACL_OPERATIONS: readonly Operation[] = [
  {
    name: "GET /access/acl",
    permission: ANYBODY,
    parameters: { exact: optional(flag()), path: optional(ACL_PATH) },
    run: listGrants,
  },
  {
    name: "PUT /access/acl",
    permission: ANYBODY,
    privileged: true,
    parameters: {
      "auth-id": optional(AUTH_ID),
      delete: optional(flag()),
      digest: optional(DIGEST),
      group: optional(GROUP),
      path: ACL_PATH,
      propagate: optional(flag()),
      role: ROLE,
    },
    run: changeGrant,
  },
  { name: "GET /access/roles", permission: ANYBODY, parameters: {}, run: listRoles },
  {
    name: "GET /access/permissions",
    permission: ANYBODY,
    parameters: { "auth-id": optional(AUTH_ID), path: optional(ACL_PATH) },
    run: listPermissions,
  },
];

/** Tops of the tree that are asked about without a path. */
const TOPS = ["/", "/access", "/datastore", "/remote", "/system", "/tape"];
/** First parts of a path that a grant may have. PBS 4.2: src/acl.rs, check_acl_path. */
const ROOMS = ["access", "datastore", "remote", "system", "tape"];

function listGrants(call: Call): Reply {
  const { server, authId } = call;
  const path = call.maybe("path");
  const all = server.rights.hasAny(authId, "/access/acl", ["Sys.Audit"]);
  const visible = server.acl.value.entries.filter(
    (entry) =>
      (all || entry.ugid === authId || userOf(entry.ugid) === authId) && isAt(entry.path, path, call.flag("exact")),
  );
  return { data: shuffled(server.settings, visible), beside: { digest: aclDigest(server) } };
}

function isAt(entryPath: string, path: string | undefined, exact: boolean): boolean {
  return path === undefined || (exact ? entryPath === path : pathAndAncestors(entryPath).includes(path));
}

function changeGrant(call: Call): Reply {
  const { server } = call;
  rejectUnentitledGrant(call);
  const digest = call.maybe("digest");
  if (digest !== undefined && digest !== aclDigest(server)) {
    throw new Refusal("detected modified configuration - file changed by other user? Try again.");
  }
  const ugid = call.maybe("auth-id");
  if (ugid === undefined) throw new Refusal("missing 'userid' or 'group' parameter.");
  const entry = { path: call.text("path"), ugid, ugid_type: "user", roleid: call.text("role") } as const;
  const removing = call.flag("delete");
  if (!removing) rejectImpossibleGrant(server, entry);
  server.acl.change((acl) => {
    acl.entries = acl.entries.filter((one) => !isSameGrant(one, entry));
    if (!removing) acl.entries.push({ ...entry, propagate: call.flag("propagate", true) });
  });
  return { data: null };
}

/** Refusals of PBS 4.2: src/api2/access/acl.rs; the token's was observed on PBS 4.2.3. */
function rejectUnentitledGrant(call: Call): void {
  const { server, authId } = call;
  if (call.maybe("group") !== undefined) throw new Refusal("parameter 'group' - groups are currently not supported.");
  if (server.rights.hasAny(authId, "/access/acl", ["Permissions.Modify"])) return;
  if (isToken(authId)) throw new Refusal("Unprivileged API tokens can't set ACL items.");
  const grantee = call.maybe("auth-id");
  if (grantee === undefined) throw new Refusal("Unprivileged user needs to provide auth_id to update ACL item.");
  if (!isToken(grantee) || userOf(grantee) !== authId) {
    throw new Refusal("Unprivileged users can only set ACL items for their own API tokens.");
  }
}

/** A missing datastore or namespace is accepted, a missing user is not (observed on PBS 4.2.3). */
function rejectImpossibleGrant(server: BackupServer, { path, ugid }: Pick<AclEntry, "path" | "ugid">): void {
  const known = isToken(ugid)
    ? server.tokens.find(ugid)
    : (server.users.find(ugid) ?? (ugid === SUPERUSER ? {} : undefined));
  if (known === undefined) throw new Refusal(isToken(ugid) ? "no such API token." : "no such user.");
  const room = path.split("/")[1] ?? "";
  if (room !== "" && !ROOMS.includes(room)) throw new Refusal(`invalid acl path '${path}'.`);
}

function isSameGrant(one: AclEntry, other: Omit<AclEntry, "propagate">): boolean {
  return one.path === other.path && one.ugid === other.ugid && one.roleid === other.roleid;
}

function aclDigest({ acl }: BackupServer): string {
  const lines = acl.value.entries.map((entry) => JSON.stringify(entry)).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

function listRoles(): Reply {
  return { data: Object.entries(ROLES).map(([roleid, privs]) => ({ roleid, privs })) };
}

/** Paths without any privilege are not shown, so that nobody learns what there is. */
function listPermissions(call: Call): Reply {
  const { server, authId } = call;
  const subject = call.maybe("auth-id") ?? authId;
  const ownToken = !isToken(authId) && userOf(subject) === authId;
  if (subject !== authId && !ownToken && !server.rights.hasAny(authId, "/access", ["Sys.Audit"])) {
    throw new Refusal(`not allowed to list permissions of ${subject}`);
  }
  const path = call.maybe("path");
  const paths = path === undefined ? [...new Set([...TOPS, ...server.rights.grantedPaths()])] : [path];
  const held = paths.map((at) => [at, server.rights.at(subject, at)] as const).filter(([, map]) => map.size > 0);
  const inOrder = (map: ReadonlyMap<string, boolean>) =>
    PRIVILEGES.flatMap((name) => (map.has(name) ? [[name, map.get(name)]] : []));
  return { data: Object.fromEntries(held.map(([at, map]) => [at, Object.fromEntries(inOrder(map))])) };
}
