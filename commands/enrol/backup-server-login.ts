import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import { NotPermitted } from "../../provider/clients/api-error";
import { parseToken, type TokenLogin } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { type BackupServerContext as Context } from "./backup-server-context";
import { freeName, LOGIN_USER_PBS, PBS_SECRETS } from "./names";
import { type Step } from "./step";

const USERS = z.array(z.looseObject({ userid: z.string() }));
const TOKENS = z.array(z.looseObject({ tokenid: z.string().optional(), "token-name": z.string().optional() }));
const ACL = z.array(z.looseObject({ path: z.string(), ugid: z.string(), roleid: z.string() }));
const NEW_TOKEN = z.looseObject({ value: z.string() });

/**
 * The two tokens: their usual names, and their roles on `/`. PBS has no roles of one's own; the one that applies makes datastores,
 * users, rights and jobs, which takes `Admin`.
 */
const LOGINS = {
  apply: { name: "resilience", role: "Admin", proof: "Datastore.Allocate" },
  observe: { name: "observe", role: "Audit", proof: "Datastore.Audit" },
} as const;

type Login = keyof typeof LOGINS;

/** The user, its tokens and their rights, in the order in which they can be made. */
export async function backupServerLoginSteps(context: Context): Promise<Step[]> {
  const steps = [await userStep(context), await rightStep(context, LOGIN_USER_PBS, "Admin")];
  for (const login of ["apply", "observe"] as const) {
    const name = await tokenName(context, login);
    steps.push(await tokenStep(context, login, name));
    steps.push(await rightStep(context, `${LOGIN_USER_PBS}!${name}`, LOGINS[login].role));
  }
  return steps;
}

async function userStep({ api, record, site }: Context): Promise<Step> {
  const there = (await api.get(USERS, "/access/users")).some(({ userid }) => userid === LOGIN_USER_PBS);
  return {
    thing: `user ${LOGIN_USER_PBS}`,
    change: there ? undefined : "is made, without a password",
    apply: async () => {
      const comment = `tappaas-resilience, site ${site}`;
      await api.create(z.unknown(), "/access/users", { userid: LOGIN_USER_PBS, comment });
      record.made.backupServer.users.push(LOGIN_USER_PBS);
    },
  };
}

/** Name of the token whose secret the stack holds, else one that is free. */
async function tokenName(context: Context, login: Login): Promise<string> {
  const names = await tokenNames(context);
  const held = context.newSecrets ? undefined : await heldToken(context, login);
  const [user, name = ""] = held?.tokenId.split("!") ?? [];
  return user === LOGIN_USER_PBS && names.includes(name) ? name : freeName(LOGINS[login].name, names);
}

async function tokenStep(context: Context, login: Login, name: string): Promise<Step> {
  const { api, record, secrets, site } = context;
  const there = (await tokenNames(context)).includes(name);
  const tokenId = `${LOGIN_USER_PBS}!${name}`;
  return {
    thing: `token ${tokenId}`,
    change: there ? undefined : `is made; its secret goes into ${PBS_SECRETS[login]}`,
    apply: async () => {
      const path = `/access/users/${LOGIN_USER_PBS}/token/${name}`;
      const comment = `tappaas-resilience, site ${site}, ${login}`;
      const { value } = await api.create(NEW_TOKEN, path, { comment });
      record.made.backupServer.tokens.push(tokenId);
      await secrets.set(PBS_SECRETS[login], `${tokenId}:${value}`);
    },
  };
}

/** A token can do only what both it and its user may, so each needs a role. */
async function rightStep({ api, record }: Context, holder: string, role: "Admin" | "Audit"): Promise<Step> {
  const there = (await api.get(ACL, "/access/acl")).some(
    ({ path, ugid, roleid }) => path === "/" && ugid === holder && roleid === role,
  );
  return {
    thing: `right of ${holder} on /`,
    change: there
      ? undefined
      : `role ${role}: ${role === "Admin" ? "it makes datastores, users, rights and jobs" : "it may look, and nothing else"}`,
    apply: async () => {
      await api.set("/access/acl", { path: "/", role, "auth-id": holder });
      record.made.backupServer.rights.push({ path: "/", role, holder });
    },
  };
}

async function tokenNames({ api }: Context): Promise<string[]> {
  const users = await api.get(USERS, "/access/users");
  if (!users.some(({ userid }) => userid === LOGIN_USER_PBS)) return [];
  const tokens = await api.get(TOKENS, `/access/users/${LOGIN_USER_PBS}/token`);
  return tokens.flatMap((token) => token["token-name"] ?? token.tokenid?.split("!").at(-1) ?? []);
}

/** The stack's login, when the server takes it. */
async function heldToken(context: Context, which: Login): Promise<TokenLogin | undefined> {
  const line = await context.secrets.get(PBS_SECRETS[which]);
  if (line === undefined || line === "") return undefined;
  const login = parseToken(line, "PBS");
  const pbs = clientOf(context, login);
  try {
    await pbs.ask(z.unknown(), { method: "GET", path: "/version" });
    return login;
  } catch (error) {
    if (error instanceof NotPermitted) return undefined;
    throw error;
  } finally {
    await pbs.close();
  }
}

/** PBS's daemons look at users and rights again only every few seconds. Source: proxmox-backup, pbs-config, CachedUserInfo. */
const RIGHTS_ARE_SEEN_WITHIN = 10_000;
const PAUSE = 500;

/**
 * Tries a login of the stack as every later run will, and names it.
 * @throws {Error} When the server does not let it do its work.
 */
export async function proveBackupServerLogin(context: Context, which: Login): Promise<string> {
  const limit = Date.now() + RIGHTS_ARE_SEEN_WITHIN;
  for (;;) {
    const login = await heldToken(context, which);
    if (login !== undefined && (await hasRight(context, login, LOGINS[which].proof))) return login.tokenId;
    if (Date.now() > limit) break;
    await sleep(PAUSE);
  }
  throw new Error(
    `${context.host} does not let the login that was just made do its work.\n` +
      "Cure: look at its rights on the server (Configuration, Access Control): another role may stand in the way.",
  );
}

async function hasRight(context: Context, login: TokenLogin, privilege: string): Promise<boolean> {
  const pbs = clientOf(context, login);
  try {
    return privilege in (await pbs.privileges("/"));
  } finally {
    await pbs.close();
  }
}

function clientOf({ host, port, certificate }: Context, login: TokenLogin): PbsClient {
  return PbsClient.at({ address: host, port, fingerprint: certificate }, login);
}
