import { type HttpRequest } from "../../core/http";
import { type BackupServer } from "../backup-server";
import { Refusal } from "../refusal";
import { pause } from "../settings";
import { isToken } from "../store/owner";

/** `PBSAPIToken`, then `=` or a space, then `id:secret` (observed on PBS 4.2.3: any other form is refused). */
const TOKEN_HEADER = /^PBSAPIToken[= ](?<id>[^:\s]+@[^:\s]+![^:\s]+):(?<secret>\S+)$/;
const COOKIE = /(?:^|;\s*)(?:__Host-)?PBSAuthCookie=(?<ticket>[^;]+)/;

/**
 * Who sends a request.
 * @throws {Refusal} 401. Late when a secret was wrong, at once when its owner may not log in any more.
 */
export async function authenticate(server: BackupServer, request: HttpRequest): Promise<string> {
  const header = request.headers["authorization"];
  if (typeof header === "string") return tokenOf(server, header);
  const user = sessionUser(server, String(request.headers["cookie"] ?? ""));
  if (user === undefined || !server.isActive(user)) throw unauthenticated();
  if (request.verb !== "GET") rejectForeignSite(server, user, request);
  return user;
}

/** Refusal without a content type, unlike all others. */
export function unauthenticated(): Refusal {
  return new Refusal("authentication failed", 401);
}

async function tokenOf(server: BackupServer, header: string): Promise<string> {
  const { id, secret } = TOKEN_HEADER.exec(header)?.groups ?? {};
  if (id === undefined || secret === undefined || !isToken(id)) throw unauthenticated();
  if (!server.isActive(id)) throw unauthenticated();
  if (server.secrets.fits(id, secret)) return id;
  await pause(server.settings.value.failedLoginDelay);
  throw unauthenticated();
}

function sessionUser(server: BackupServer, cookie: string): string | undefined {
  const ticket = COOKIE.exec(cookie)?.groups?.["ticket"];
  return ticket === undefined ? undefined : server.tickets.userOf(decodeURIComponent(ticket));
}

function rejectForeignSite(server: BackupServer, user: string, { headers }: HttpRequest): void {
  const token = headers["csrfpreventiontoken"];
  if (typeof token !== "string" || !server.tickets.prevents(user, token)) throw unauthenticated();
}
