import { type Privilege, ROLES } from "./privileges";

/** One grant: a role for a user or token, at a path and by default below it. */
export interface AclEntry {
  /** `/`, `/datastore/ds1`, `/datastore/ds1/<namespace>`. */
  readonly path: string;
  /** User or token. */
  readonly ugid: string;
  /** Groups exist in the API only. */
  readonly ugid_type: "user";
  /** One of the server's fixed roles. */
  readonly roleid: string;
  /** Whether the grant holds below its path. */
  readonly propagate: boolean;
}

/** A privilege, and whether it holds below the path that was asked for. */
export type PrivilegeMap = ReadonlyMap<Privilege, boolean>;

/** `/a/b` as `["/", "/a", "/a/b"]`. */
export function pathAndAncestors(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
}

/**
 * What one auth id may do at a path by its own grants. The grants nearest to the path replace those above it, and
 * `NoAccess` among them takes everything.
 */
export function grantedPrivileges(entries: readonly AclEntry[], authId: string, path: string): PrivilegeMap {
  const own = entries.filter(({ ugid }) => ugid === authId);
  let acting: AclEntry[] = [];
  for (const at of pathAndAncestors(path)) {
    const here = own.filter((entry) => entry.path === at && (entry.propagate || at === path));
    if (here.length > 0) acting = here;
  }
  return acting.some(({ roleid }) => roleid === "NoAccess") ? new Map() : union(acting);
}

/** Paths strictly below `path` at which somebody has a grant. */
export function pathsBelow(entries: readonly AclEntry[], path: string): string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  return [...new Set(entries.map((entry) => entry.path).filter((at) => at !== path && at.startsWith(prefix)))];
}

function union(entries: readonly AclEntry[]): PrivilegeMap {
  const privileges = new Map<Privilege, boolean>();
  for (const { roleid, propagate } of entries) {
    for (const privilege of ROLES[roleid] ?? []) {
      privileges.set(privilege, propagate || privileges.get(privilege) === true);
    }
  }
  return privileges;
}
