import { Refusal } from "../refusal";
import { isToken, userOf } from "../store/owner";
import { type AclEntry, grantedPrivileges, pathsBelow, type PrivilegeMap } from "./acl-tree";
import { type Privilege, PRIVILEGES } from "./privileges";

/** The user who may do everything; its tokens may not. */
export const SUPERUSER = "root@pam";

/** What somebody may do with the groups at a path: with all of them, or only with those of its own. */
export type Reach = "all" | "own";

/**
 * Decides who may do what, from the grants as the server last read them: a change takes up to `delay` to act, while
 * the list of grants shows it at once (observed on PBS 4.2.3: 5 s).
 */
export class Rights {
  #acting: readonly AclEntry[] = [];
  #readAt = -Infinity;

  constructor(
    private readonly current: () => readonly AclEntry[],
    private readonly delay: () => number,
  ) {}

  /** Privileges at a path. Those of a token are what both it and its user have. */
  at(authId: string, path: string): PrivilegeMap {
    if (authId === SUPERUSER) return new Map(PRIVILEGES.map((privilege) => [privilege, true]));
    const own = grantedPrivileges(this.#entries(), authId, path);
    if (!isToken(authId)) return own;
    const users = this.at(userOf(authId), path);
    const both = [...own].filter(([privilege]) => users.has(privilege));
    return new Map(both.map(([privilege, propagate]) => [privilege, propagate && users.get(privilege) === true]));
  }

  /** Whether `authId` has at least one of `privileges` at a path. */
  hasAny(authId: string, path: string, privileges: readonly Privilege[]): boolean {
    const held = this.at(authId, path);
    return privileges.some((privilege) => held.has(privilege));
  }

  /** Whether `authId` has one of `privileges` anywhere below a path. */
  hasAnyBelow(authId: string, path: string, privileges: readonly Privilege[]): boolean {
    return pathsBelow(this.#entries(), path).some((below) => this.hasAny(authId, below, privileges));
  }

  /** Paths at which there are grants, as the server last read them. */
  grantedPaths(): string[] {
    return [...new Set(this.#entries().map(({ path }) => path))];
  }

  /** Stops a handler with 400, as for jobs and backups. */
  require(authId: string, path: string, privilege: Privilege): void {
    if (this.hasAny(authId, path, [privilege])) return;
    throw new Refusal(`missing permissions '${privilege}' on '${path}'`);
  }

  /** How far `authId` reaches: `full` reaches all groups, `limited` its own. Neither: 403 that names both. */
  reach(authId: string, path: string, full: Privilege, limited: Privilege): Reach {
    if (this.hasAny(authId, path, [full])) return "all";
    if (this.hasAny(authId, path, [limited])) return "own";
    throw new Refusal(`permission check failed - missing ${full}|${limited} on ${path}`, 403);
  }

  #entries(): readonly AclEntry[] {
    if (performance.now() - this.#readAt >= this.delay()) {
      this.#acting = this.current();
      this.#readAt = performance.now();
    }
    return this.#acting;
  }
}
