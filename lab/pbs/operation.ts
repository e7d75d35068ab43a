import { type Parameters } from "../core/specification";
import { type Privilege } from "./access/privileges";
import { SUPERUSER } from "./access/rights";
import { type BackupServer } from "./backup-server";
import { type Values } from "./parameters";
import { Refusal } from "./refusal";
import { isToken, userOf } from "./store/owner";

/** Who may call an operation before its handler looks closer; the words are those of the API viewer. */
export type Permission =
  | { readonly user: "world" | "all" }
  | {
      readonly check: {
        readonly path: readonly string[];
        readonly privs: readonly Privilege[];
        readonly partial: boolean;
      };
    }
  | { readonly userParam: string }
  | { readonly or: readonly Permission[] };

/** Anybody, logged in or not. */
export const WORLD: Permission = { user: "world" };
/** Anybody who is logged in; the handler decides the rest. */
export const ANYBODY: Permission = { user: "all" };
/** Who has a privilege at a path; `{name}` stands for a parameter. */
export const holders = (privilege: Privilege, ...path: readonly string[]): Permission => ({
  check: { path, privs: [privilege], partial: false },
});

/** What an operation answers: data, and what stands beside it at the top level. */
export interface Reply {
  /** Payload. */
  readonly data: unknown;
  /** `digest`, `total`. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** Cookies to be set. */
  readonly cookies?: readonly string[];
}

/** One operation of the API. */
export interface Operation {
  /** Key of the official table: `PUT /config/prune/{id}`. */
  readonly name: string;
  /** Parameters, those of the path included. */
  readonly parameters: Parameters;
  /** Who may call it. */
  readonly permission: Permission;
  /** Whether the privileged daemon carries it out, which may be down while the other one still answers. */
  readonly privileged?: true;
  /** Carries it out. */
  readonly run: (call: Call) => Reply | Promise<Reply>;
}

/** One call of an operation: checked parameters and who calls. */
export class Call {
  constructor(
    readonly server: BackupServer,
    readonly authId: string,
    readonly values: Values,
  ) {}

  /** Text of a parameter that is always there. */
  text(name: string): string {
    return String(this.values[name]);
  }

  /** Text of a parameter; undefined when it was left out. */
  maybe(name: string): string | undefined {
    return name in this.values ? this.text(name) : undefined;
  }

  /** Boolean parameter, `fallback` when it was left out. */
  flag(name: string, fallback = false): boolean {
    return name in this.values ? this.values[name] === true : fallback;
  }

  /** Number; undefined when it was left out. */
  number(name: string): number | undefined {
    return name in this.values ? Number(this.values[name]) : undefined;
  }

  /** List of texts; empty when it was left out. */
  list(name: string): readonly string[] {
    return (this.values[name] ?? []) as readonly string[];
  }

  /** The given parameters but those named. */
  except(...names: readonly string[]): Values {
    return Object.fromEntries(Object.entries(this.values).filter(([name]) => !names.includes(name)));
  }
}

/**
 * Stops who lacks the right to call an operation at all. This comes before parameters and existence, so that an object
 * that is missing is refused like one that is there (observed on PBS 4.2.3).
 * @throws {Refusal} 403
 */
export function rejectUnentitled(server: BackupServer, authId: string, permission: Permission, path: Values): void {
  if (!allows(server, authId, permission, path)) throw new Refusal("permission check failed", 403);
}

function allows(server: BackupServer, authId: string, permission: Permission, path: Values): boolean {
  if ("user" in permission) return true;
  if ("or" in permission) return permission.or.some((one) => allows(server, authId, one, path));
  if ("userParam" in permission) return !isToken(authId) && path[permission.userParam] === userOf(authId);
  const { path: template, privs, partial } = permission.check;
  const held = server.rights.at(authId, `/${template.map((part) => filled(part, path)).join("/")}`);
  return authId === SUPERUSER || (partial ? privs.some((one) => held.has(one)) : privs.every((one) => held.has(one)));
}

function filled(part: string, path: Values): string {
  return part.startsWith("{") ? String(path[part.slice(1, -1)]) : part;
}
