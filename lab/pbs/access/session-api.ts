import { flag, integer, optional, text } from "../../core/specification";
import { ANYBODY, type Call, type Operation, type Reply, WORLD } from "../operation";
import { Refusal } from "../refusal";
import { line, USER } from "../schema";
import { pause } from "../settings";
import { isToken } from "../store/owner";
import { unauthenticated } from "./login";

/** Logging in and out, and passwords. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    name: "POST /access/ticket",
    permission: WORLD,
    privileged: true,
    parameters: {
      "http-only": optional(flag()),
      password: optional(text()),
      path: optional(text()),
      port: optional(integer({ minimum: 0, maximum: 65_535 })),
      privs: optional(text()),
      "tfa-challenge": optional(text()),
      username: USER,
    },
    run: logIn,
  },
  { name: "DELETE /access/ticket", permission: WORLD, parameters: {}, run: logOut },
  {
    name: "PUT /access/password",
    permission: ANYBODY,
    privileged: true,
    parameters: { "confirmation-password": optional(line(1, 1024)), password: line(8, 64), userid: USER },
    run: changePassword,
  },
];

async function logIn(call: Call): Promise<Reply> {
  const { server } = call;
  const username = call.text("username");
  const password = call.maybe("password");
  if (password === undefined) throw new Refusal("no password provided");
  if (!server.isActive(username)) throw unauthenticated();
  if (!server.secrets.fits(username, password) && server.tickets.userOf(password) !== username) {
    await pause(server.settings.value.failedLoginDelay);
    throw new Refusal("permission check failed.", 401);
  }
  const ticket = server.tickets.issue(username);
  const CSRFPreventionToken = server.tickets.preventionToken(username);
  if (!call.flag("http-only")) return { data: { CSRFPreventionToken, ticket, username } };
  const info = ticket.split("::", 1)[0];
  const cookie = `__Host-PBSAuthCookie=${encodeURIComponent(ticket)}; Secure; SameSite=Lax; HttpOnly; Path=/;`;
  return { data: { CSRFPreventionToken, "ticket-info": info, username }, cookies: [cookie] };
}

function logOut(): Reply {
  const cookie =
    "__Host-PBSAuthCookie=; Secure; SameSite=Lax; HttpOnly; Path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT;";
  return { data: null, cookies: [cookie] };
}

/** Observed on PBS 4.2.3: refused to every token, whatever its rights. */
function changePassword(call: Call): Reply {
  const { server, authId } = call;
  if (isToken(authId)) throw new Refusal("API tokens cannot access this API endpoint");
  const user = call.text("userid");
  if (user !== authId && !server.rights.hasAny(authId, "/access/users", ["Permissions.Modify"])) {
    throw new Refusal("you are not authorized to change the password.");
  }
  server.secrets.set(user, call.text("password"));
  return { data: null };
}
