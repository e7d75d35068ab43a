import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { CHANGE_ROLE, CREATE_ROLE, ROLE } from "../parameters/access";
import { impossible, invalid } from "../refusal";
import { ALL_PRIVILEGES, privilegesOf, ROLES } from "../roles";

const MAY_CHANGE = { check: ["perm", "/access", ["Sys.Modify"]] } as const;

/** Roles. Texts: pve-access-control, src/PVE/API2/Role.pm, AccessControl.pm. */
export const ROLE_OPERATIONS: readonly Operation[] = [
  { name: "GET /access/roles", parameters: {}, permissions: { user: "all" }, handle: listRoles },
  { name: "POST /access/roles", parameters: CREATE_ROLE, permissions: MAY_CHANGE, handle: createRole },
  { name: "GET /access/roles/{roleid}", parameters: ROLE, permissions: { user: "all" }, handle: showRole },
  { name: "PUT /access/roles/{roleid}", parameters: CHANGE_ROLE, permissions: MAY_CHANGE, handle: changeRole },
  { name: "DELETE /access/roles/{roleid}", parameters: ROLE, permissions: MAY_CHANGE, handle: deleteRole },
];

function listRoles(call: Call): unknown[] {
  const own = Object.entries(call.cluster.access.value.roles ?? {});
  const row =
    (special: 0 | 1) =>
    ([roleid, privs]: readonly [string, readonly string[]]) => ({
      roleid,
      privs: privs.join(","),
      special,
    });
  return [...Object.entries(ROLES).map(row(1)), ...own.map(row(0))];
}

function showRole(call: Call): object {
  const privileges = privilegesOf(call.cluster.access.value, call.required("roleid"));
  if (privileges === undefined) throw impossible(`role '${call.required("roleid")}' does not exist`);
  return Object.fromEntries(privileges.map((name) => [name, 1]));
}

function createRole(call: Call): void {
  const roleid = call.required("roleid");
  if (/^PVE/i.test(roleid)) {
    throw invalid({ roleid: "cannot use role ID starting with the (case-insensitive) 'PVE' namespace" });
  }
  call.cluster.access.change((access) => {
    if (privilegesOf(access, roleid) !== undefined) {
      throw impossible(`create role failed: role '${roleid}' already exists`);
    }
    access.roles = { ...access.roles, [roleid]: privilegesGiven(call) };
  });
}

function changeRole(call: Call): void {
  const roleid = call.required("roleid");
  call.cluster.access.change((access) => {
    const old = ownRole(access.roles, roleid, "modified");
    const added = privilegesGiven(call);
    access.roles = { ...access.roles, [roleid]: call.flag("append") ? [...new Set([...old, ...added])] : added };
  });
}

/** Rights by a role that has gone count for nothing, and are left out when the file is read again. */
function deleteRole(call: Call): void {
  const roleid = call.required("roleid");
  call.cluster.access.change((access) => {
    ownRole(access.roles, roleid, "deleted");
    Reflect.deleteProperty(access.roles ?? {}, roleid);
    access.acl = access.acl.filter((entry) => entry.roleid !== roleid);
  });
}

function ownRole(roles: Readonly<Record<string, string[]>> | undefined, roleid: string, done: string): string[] {
  if (ROLES[roleid] !== undefined) throw impossible(`auto-generated role '${roleid}' cannot be ${done}`);
  const found = roles?.[roleid];
  if (found === undefined) throw impossible(`role '${roleid}' does not exist`);
  return found;
}

function privilegesGiven(call: Call): string[] {
  const given = splitList(call.text("privs") ?? "");
  const unknown = given.find((name) => !ALL_PRIVILEGES.includes(name));
  if (unknown !== undefined) throw impossible(`invalid privilege '${unknown}'`);
  return [...new Set(given)].sort();
}
