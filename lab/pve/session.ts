import { createHmac, timingSafeEqual } from "node:crypto";

import { type AccessState, secretDigest, splitAuthId } from "./access";
import { unauthenticated } from "./refusal";
import { type HttpRequest } from "../core/http";
import { type DeepReadonly } from "../core/state";

/** What logins are checked against. */
export interface LoginBook {
  /** Users and tokens. */
  readonly access: DeepReadonly<AccessState>;
  /** Key that signs tickets. */
  readonly ticketKey: string;
  /** Seconds since 1970. */
  readonly now: number;
}

const TICKET_LIFE = 2 * 3600;

/**
 * Who asks: an API token or a ticket.
 * Texts: pve-manager, PVE/HTTPServer.pm `auth_handler`; pve-access-control, src/PVE/AccessControl.pm.
 * @throws {Refusal} 401.
 */
export function authenticate(request: HttpRequest, book: LoginBook): string {
  const authorization = single(request.headers["authorization"]) ?? "";
  if (authorization.startsWith("PVEAPIToken=")) return tokenLogin(authorization.slice("PVEAPIToken=".length), book);
  const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]+)/.exec(single(request.headers["cookie"]) ?? "")?.[1];
  if (cookie === undefined) throw unauthenticated("No ticket");
  const user = verifyTicket(decodeURIComponent(cookie), book);
  if (request.verb !== "GET") requireCsrf(user, single(request.headers["csrfpreventiontoken"]), book);
  return user;
}

/** Ticket and CSRF token for a user whose password is right, or who shows a valid ticket as password. */
export function login(user: string, password: string, book: LoginBook): { ticket: string; csrf: string } {
  const known = book.access.users[user];
  const renewed = password.startsWith("PVE:") && ticketUser(password, book) === user;
  const right = known?.passwordDigest !== undefined && same(known.passwordDigest, secretDigest(password));
  if (known === undefined || !usable(known, book.now) || (!right && !renewed)) {
    throw unauthenticated("authentication failure");
  }
  const stamp = book.now.toString(16).toUpperCase().padStart(8, "0");
  const plain = `PVE:${user}:${stamp}`;
  return { ticket: `${plain}::${sign(plain, book)}`, csrf: `${stamp}:${sign(`csrf ${user} ${stamp}`, book)}` };
}

function tokenLogin(text: string, book: LoginBook): string {
  const mark = text.indexOf("=");
  const tokenId = text.slice(0, Math.max(mark, 0));
  const { user, token } = splitAuthId(tokenId);
  if (mark < 0 || token === undefined) throw unauthenticated("no tokenid specified");
  const known = book.access.users[user];
  if (known === undefined) throw unauthenticated(`no such user ('${user}')`);
  if (!usable(known, book.now)) throw unauthenticated(`user '${user}' is disabled`);
  const found = known.tokens[token];
  if (found === undefined) throw unauthenticated(`no such token '${token}' for user '${user}'`);
  if (found.expire !== 0 && found.expire < book.now) throw unauthenticated("token expired");
  if (!same(found.digest, secretDigest(text.slice(mark + 1)))) throw unauthenticated("invalid token value!");
  return tokenId;
}

function verifyTicket(ticket: string, book: LoginBook): string {
  const user = ticketUser(ticket, book);
  const known = user === undefined ? undefined : book.access.users[user];
  if (user === undefined || known === undefined || !usable(known, book.now)) {
    throw unauthenticated("permission denied - invalid PVE ticket");
  }
  return user;
}

function ticketUser(ticket: string, book: LoginBook): string | undefined {
  const [plain = "", signature = ""] = ticket.split("::");
  if (!same(signature, sign(plain, book))) return undefined;
  const [, user, stamp = ""] = /^PVE:(.+):([0-9A-F]+)$/.exec(plain) ?? [];
  const age = book.now - Number.parseInt(stamp, 16);
  return age > -300 && age < TICKET_LIFE ? user : undefined;
}

function requireCsrf(user: string, token: string | undefined, book: LoginBook): void {
  const [stamp = "", signature = ""] = (token ?? "").split(":");
  if (same(signature, sign(`csrf ${user} ${stamp}`, book))) return;
  throw unauthenticated("Permission denied - invalid csrf token");
}

function usable({ enable, expire }: DeepReadonly<AccessState>["users"][string], now: number): boolean {
  return enable && (expire === 0 || expire > now);
}

function sign(text: string, { ticketKey }: LoginBook): string {
  return createHmac("sha256", ticketKey).update(text).digest("base64url");
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
