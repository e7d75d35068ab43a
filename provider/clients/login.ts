/** An API token: `user@realm!name` and its secret. */
export interface TokenLogin {
  /** `user@realm!name`. */
  readonly tokenId: string;
  /** What was shown once, when the token was made. */
  readonly secret: string;
}

/** A user with a password, for a ticket that lasts two hours. */
export interface PasswordLogin {
  /** `user@realm`. */
  readonly username: string;
  /** Sent once an hour, for a ticket. */
  readonly password: string;
}

/** What proves to a server who asks. */
export type Login = TokenLogin | PasswordLogin;

/** Who asks, without the proof. */
export function authIdOf(login: Login): string {
  return "tokenId" in login ? login.tokenId : login.username;
}

/** The user to whom an auth-id belongs: itself, or the one before the `!` of a token. */
export function userOf(authId: string): string {
  return authId.split("!")[0] ?? authId;
}

/** Whether an auth-id names a token. */
export function isToken(authId: string): boolean {
  return authId.includes("!");
}

/**
 * A token as one line: PVE writes `user@realm!name=secret`, PBS `user@realm!name:secret`.
 * @throws {RangeError} If the line has no such form; the message does not repeat it.
 */
export function parseToken(line: string, product: "PVE" | "PBS"): TokenLogin {
  const separator = product === "PVE" ? "=" : ":";
  const [, tokenId, secret] = new RegExp(`^([^\\s:/=]+@[^\\s:/=!]+![^\\s:/=]+)${separator}(\\S+)$`).exec(line) ?? [];
  if (tokenId === undefined || secret === undefined) {
    throw new RangeError(`Expected a ${product} API token as user@realm!name${separator}secret, got something else.`);
  }
  return { tokenId, secret };
}
