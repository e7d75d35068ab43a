import { createHash, randomUUID } from "node:crypto";

/** A user as it is stored. */
export interface User {
  /** Whether it may log in. */
  enable: boolean;
  /** End of its life in seconds since 1970; 0 is never. */
  expire: number;
  /** Comment, email, names: what was given. */
  readonly details: Record<string, string>;
  /** Digest of the password; absent when none was set. */
  passwordDigest?: string;
  /** API tokens by name. */
  readonly tokens: Record<string, Token>;
}

/** An API token. */
export interface Token {
  /** Comment. */
  comment?: string;
  /** End of its life in seconds since 1970; 0 is that of its user. */
  expire: number;
  /** Whether it has only its own rights, and of those only what its user has too. */
  privsep: boolean;
  /** Digest of the secret. */
  digest: string;
}

/** One right: a role on a path. */
export interface AclEntry {
  /** `/`, `/vms/110`, `/storage/tanka1`, ... */
  readonly path: string;
  /** Kind of holder. */
  readonly type: "user" | "group" | "token";
  /** User, group or full token id. */
  readonly ugid: string;
  /** Role. */
  readonly roleid: string;
  /** Whether it holds below the path. */
  readonly propagate: boolean;
}

/** Users, tokens and rights of a cluster. */
export interface AccessState {
  /** Users by `user@realm`. */
  readonly users: Record<string, User>;
  /** All rights. */
  acl: AclEntry[];
  /** Roles beside the built-in ones: privileges by name. Absent in a state from before there were any. */
  roles?: Record<string, string[]>;
}

/** Splits `user@realm!token`. */
export function splitAuthId(authId: string): { readonly user: string; readonly token?: string } {
  const mark = authId.indexOf("!");
  return mark < 0 ? { user: authId } : { user: authId.slice(0, mark), token: authId.slice(mark + 1) };
}

/** Digest by which passwords and secrets are kept. */
export function secretDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** A fresh token with the secret that is shown once. */
export function newToken(given: Omit<Token, "digest">): { readonly token: Token; readonly secret: string } {
  const secret = randomUUID();
  return { token: { ...given, digest: secretDigest(secret) }, secret };
}
