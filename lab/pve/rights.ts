import { type AccessState, type AclEntry, splitAuthId } from "./access";
import { ALL_PRIVILEGES, privilegesOf } from "./roles";
import { type DeepReadonly } from "../core/state";

/** Privileges by name; the value says whether they hold below the path too. */
export type Privileges = Readonly<Record<string, boolean>>;

/**
 * Effective privileges of a user or token on a path. A token with privilege separation has what both it and its user
 * have; one without has what its user has; `root@pam` has everything.
 * Source: pve-access-control, src/PVE/RPCEnvironment.pm `permissions`, src/PVE/AccessControl.pm `roles`.
 */
export function privilegesOn(access: DeepReadonly<AccessState>, authId: string, path: string): Privileges {
  const { user, token } = splitAuthId(authId);
  const ofUser = user === "root@pam" ? everything() : granted(access, "user", user, path);
  if (token === undefined || access.users[user]?.tokens[token]?.privsep !== true) return ofUser;
  const ofToken = granted(access, "token", authId, path);
  return Object.fromEntries(
    Object.entries(ofToken).flatMap(([name, below]) =>
      name in ofUser ? [[name, below && ofUser[name] === true]] : [],
    ),
  );
}

function everything(): Privileges {
  return Object.fromEntries(ALL_PRIVILEGES.map((name) => [name, true]));
}

/** Walks from the root to the path; entries for a deeper path replace those from above. */
function granted(access: DeepReadonly<AccessState>, type: string, ugid: string, path: string): Privileges {
  const mine = access.acl.filter((entry) => entry.type === type && entry.ugid === ugid);
  let held: DeepReadonly<AclEntry>[] = [];
  for (const level of levels(path)) {
    const here = mine.filter((entry) => entry.path === level && (level === path || entry.propagate));
    if (here.length > 0) held = here;
  }
  const privileges: Record<string, boolean> = {};
  if (held.some(({ roleid }) => roleid === "NoAccess")) return privileges;
  for (const { roleid, propagate } of held) {
    for (const name of privilegesOf(access, roleid) ?? []) privileges[name] = privileges[name] === true || propagate;
  }
  return privileges;
}

function levels(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
}
