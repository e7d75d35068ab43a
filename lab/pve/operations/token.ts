import { newToken, splitAuthId, type Token } from "../access";
import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { CREATE_TOKEN, UPDATE_TOKEN } from "../parameters/access";
import { TOKENID, USERID } from "../parameters/common";
import { impossible, invalid, Refusal } from "../refusal";
import { userOf } from "./user";
import { type DeepReadonly } from "../../core/state";

const OWN_OR_ADMIN = { check: ["or", ["userid-param", "self"], ["userid-group", ["User.Modify"]]] } as const;
const TOKEN = "/access/users/{userid}/token/{tokenid}";

/** API tokens. Texts: pve-access-control, src/PVE/API2/User.pm. */
export const TOKENS: readonly Operation[] = [
  {
    name: "GET /access/users/{userid}/token",
    parameters: { userid: USERID },
    permissions: OWN_OR_ADMIN,
    handle: (call) => Object.entries(tokensOf(call)).map(([tokenid, token]) => ({ tokenid, ...shown(token) })),
  },
  {
    name: `GET ${TOKEN}`,
    parameters: { userid: USERID, tokenid: TOKENID },
    permissions: OWN_OR_ADMIN,
    handle: (call) => shown(tokenOf(call, tokensOf(call))),
  },
  { name: `POST ${TOKEN}`, parameters: CREATE_TOKEN, permissions: OWN_OR_ADMIN, handle: createToken },
  { name: `PUT ${TOKEN}`, parameters: UPDATE_TOKEN, permissions: OWN_OR_ADMIN, handle: updateToken },
  {
    name: `DELETE ${TOKEN}`,
    parameters: { userid: USERID, tokenid: TOKENID },
    permissions: OWN_OR_ADMIN,
    handle: deleteToken,
  },
];

function tokensOf(call: Call): DeepReadonly<Record<string, Token>> {
  return userOf(call.cluster.access.value, call.required("userid")).tokens;
}

function tokenOf<T>(call: Call, tokens: Readonly<Record<string, T>>): T {
  const found = tokens[call.required("tokenid")];
  if (found === undefined) {
    throw impossible(`no such token '${call.required("tokenid")}' for user '${call.required("userid")}'`);
  }
  return found;
}

function shown({ comment, expire, privsep }: DeepReadonly<Token>): Record<string, unknown> {
  return { ...(comment !== undefined && { comment }), expire, privsep: privsep ? 1 : 0 };
}

function createToken(call: Call): object {
  refuseTokens(call);
  const tokenid = call.required("tokenid");
  return call.cluster.access.change((access) => {
    const { tokens } = userOf(access, call.required("userid"));
    if (tokens[tokenid] !== undefined) throw invalid({ tokenid: `Token already exists.` });
    const comment = call.text("comment");
    const privsep = call.text("privsep") !== "0";
    const given = { expire: call.number("expire") ?? 0, privsep, ...(comment !== undefined && { comment }) };
    const { token, secret } = newToken(given);
    tokens[tokenid] = token;
    return { "full-tokenid": `${call.required("userid")}!${tokenid}`, value: secret, info: shown(token) };
  });
}

function updateToken(call: Call): object {
  refuseTokens(call);
  return call.cluster.access.change((access) => {
    const { tokens } = userOf(access, call.required("userid"));
    const token = tokenOf(call, tokens);
    token.expire = call.number("expire") ?? token.expire;
    if (call.text("privsep") !== undefined) token.privsep = call.flag("privsep");
    const comment = call.text("comment");
    if (comment !== undefined) token.comment = comment;
    if (splitList(call.text("delete") ?? "").includes("comment")) delete token.comment;
    if (!call.flag("regenerate")) return shown(token);
    const { token: renewed, secret } = newToken(token);
    token.digest = renewed.digest;
    return { ...shown(token), "full-tokenid": `${call.required("userid")}!${call.required("tokenid")}`, value: secret };
  });
}

function deleteToken(call: Call): void {
  refuseTokens(call);
  call.cluster.access.change((access) => {
    const { tokens } = userOf(access, call.required("userid"));
    tokenOf(call, tokens);
    Reflect.deleteProperty(tokens, call.required("tokenid"));
    const gone = `${call.required("userid")}!${call.required("tokenid")}`;
    access.acl = access.acl.filter(({ ugid }) => ugid !== gone);
  });
}

/** A token with privilege separation may not make or change tokens of its own user. */
function refuseTokens(call: Call): void {
  const { user, token } = splitAuthId(call.authId);
  if (token === undefined || user !== call.required("userid")) return;
  const own = call.cluster.access.value.users[user]?.tokens[token];
  if (own?.privsep === true) throw new Refusal(403, "Permission check failed");
}
