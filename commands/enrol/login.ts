import * as z from "zod";

import { NotPermitted } from "../../provider/clients/api-error";
import { parseToken } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { PVE_ROLES, type PveNeed, pvePrivileges } from "../../provider/rights/pve-rights";
import { writtenSecret } from "../secrets";
import { freeName, LOGIN_SECRETS, LOGIN_USER } from "./names";
import { type Enrolling, type Step } from "./step";

/** Names of the two tokens where they are free. */
const TOKEN_NAMES = { apply: "resilience", observe: "observe" } as const;

type Login = PveNeed["login"];

const ROLES = z.array(z.looseObject({ roleid: z.string(), privs: z.string().default("") }));
const USERS = z.array(z.looseObject({ userid: z.string() }));
const ACL = z.array(z.looseObject({ path: z.string(), ugid: z.string(), roleid: z.string() }));
const TOKENS = z.array(z.looseObject({ tokenid: z.string() }));
const NEW_TOKEN = z.looseObject({ value: z.string() });

/** A role with exactly the privileges `wanted`. */
export async function roleStep({ pvesh, record }: Enrolling, roleid: string, wanted: readonly string[]): Promise<Step> {
  const found = (await pvesh.get(ROLES, "/access/roles")).find((role) => role.roleid === roleid);
  const had = found?.privs.split(",").filter((name) => name !== "");
  const more = wanted.filter((name) => had?.includes(name) !== true);
  const less = had?.filter((name) => !wanted.includes(name)) ?? [];
  const privs = wanted.join(" ");
  const differences = [
    ...(more.length > 0 ? [`gains ${more.join(", ")}`] : []),
    ...(less.length > 0 ? [`loses ${less.join(", ")}`] : []),
  ];
  const change = found === undefined ? `is made with ${wanted.join(", ")}` : differences.join("; ");
  return {
    thing: `role ${roleid}`,
    change: change === "" ? undefined : change,
    apply: async () => {
      if (found !== undefined) {
        await pvesh.set(`/access/roles/${roleid}`, { privs });
        return;
      }
      await pvesh.create(z.unknown(), "/access/roles", { roleid, privs });
      record.made.roles.push(roleid);
    },
  };
}

/** The user, without a password. */
export async function userStep({ pvesh, record, site }: Enrolling): Promise<Step> {
  const there = (await pvesh.get(USERS, "/access/users")).some(({ userid }) => userid === LOGIN_USER);
  return {
    thing: `user ${LOGIN_USER}`,
    change: there ? undefined : "is made, without a password",
    apply: async () => {
      const comment = `tappaas-resilience, site ${site}`;
      await pvesh.create(z.unknown(), "/access/users", { userid: LOGIN_USER, comment });
      record.made.users.push(LOGIN_USER);
    },
  };
}

/** The user's right; its tokens have no more than it has. */
export async function userRightStep({ pvesh, record }: Enrolling): Promise<Step> {
  const role = PVE_ROLES.apply;
  const there = (await pvesh.get(ACL, "/access/acl")).some(
    ({ path, ugid, roleid }) => path === "/" && ugid === LOGIN_USER && roleid === role,
  );
  return {
    thing: `right of ${LOGIN_USER} on /`,
    change: there ? undefined : `role ${role}`,
    apply: async () => {
      await pvesh.set("/access/acl", { path: "/", roles: role, users: LOGIN_USER });
      record.made.rights.push({ path: "/", role, holder: LOGIN_USER });
    },
  };
}

/**
 * A token whose secret the stack holds. One that exists without us holding its secret stays, is named for removal, and a new
 * one is made beside it: its secret is shown once and was shown to somebody else.
 */
export async function tokenStep(context: Enrolling, login: Login): Promise<Step> {
  const { pvesh, record, secrets, site } = context;
  const names = await tokenNames(context);
  const secret = LOGIN_SECRETS[login];
  const held = await heldToken(context, login, names);
  const name = held ?? freeName(TOKEN_NAMES[login], names);
  const tokenId = `${LOGIN_USER}!${name}`;
  const rightMissing = login === "observe" && (held === undefined || !(await hasRight(context, tokenId)));
  const old = names.filter((one) => one !== name && one.replace(/-\d+$/, "") === TOKEN_NAMES[login]);
  const made = [
    ...(held === undefined ? [`is made; its secret goes into ${secret}${await instead(context, login)}`] : []),
    ...(held === undefined && !context.newSecrets && old.length > 0
      ? [`${old.join(", ")} can be removed: nobody here has its secret`]
      : []),
    ...(rightMissing ? [`has role ${PVE_ROLES.observe} on /, and nothing else`] : []),
  ];
  return {
    thing: `token ${tokenId}`,
    change: made.length === 0 ? undefined : made.join("; "),
    apply: async () => {
      if (held === undefined) {
        const privsep = login === "observe" ? 1 : 0;
        const comment = `tappaas-resilience, site ${site}, ${login}`;
        const path = `/access/users/${LOGIN_USER}/token/${name}`;
        const { value } = await pvesh.create(NEW_TOKEN, path, { privsep, comment });
        record.made.tokens.push(tokenId);
        await secrets.set(secret, `${tokenId}=${value}`);
      }
      if (!rightMissing) return;
      await pvesh.set("/access/acl", { path: "/", roles: PVE_ROLES.observe, tokens: tokenId });
      record.made.rights.push({ path: "/", role: PVE_ROLES.observe, holder: tokenId });
    },
  };
}

/**
 * Whether the stack's login has what it needs, and for the one that only looks, nothing else.
 * @throws {Error} Naming what is missing.
 */
export async function proveLogin({ secrets, endpoint, authority }: Enrolling, login: Login): Promise<string> {
  const line = await writtenSecret(secrets, LOGIN_SECRETS[login]);
  const parsed = parseToken(line, "PVE");
  const pve = new PveClient({ endpoint, trust: { authority }, login: parsed });
  try {
    const held = Object.keys(await pve.privileges("/"));
    const missing = pvePrivileges(login).filter((name) => !held.includes(name));
    if (missing.length === 0) return parsed.tokenId;
    throw new Error(
      `${parsed.tokenId} works, and lacks ${missing.join(", ")} on /.\n` +
        "Cure: look at the rights of that user (Datacenter, Permissions): another role on / may stand in the way.",
    );
  } finally {
    await pve.close();
  }
}

/** What the settings held until now, when it is another login. */
async function instead({ secrets }: Enrolling, login: Login): Promise<string> {
  const line = await secrets.get(LOGIN_SECRETS[login]);
  const old = line?.split("=")[0];
  return old === undefined || old === "" ? "" : `, in place of ${old}`;
}

async function tokenNames({ pvesh }: Enrolling): Promise<string[]> {
  const users = await pvesh.get(USERS, "/access/users");
  if (!users.some(({ userid }) => userid === LOGIN_USER)) return [];
  return (await pvesh.get(TOKENS, `/access/users/${LOGIN_USER}/token`)).map(({ tokenid }) => tokenid);
}

async function heldToken(context: Enrolling, login: Login, names: readonly string[]): Promise<string | undefined> {
  const line = await context.secrets.get(LOGIN_SECRETS[login]);
  if (context.newSecrets || line === undefined || line === "") return undefined;
  const parsed = parseToken(line, "PVE");
  const [user, name = ""] = parsed.tokenId.split("!");
  if (user !== LOGIN_USER || !names.includes(name)) return undefined;
  const { endpoint, authority } = context;
  const pve = new PveClient({ endpoint, trust: { authority }, login: parsed });
  try {
    await pve.ask(z.unknown(), { method: "GET", path: "/version" });
    return name;
  } catch (error) {
    if (error instanceof NotPermitted) return undefined;
    throw error;
  } finally {
    await pve.close();
  }
}

async function hasRight({ pvesh }: Enrolling, tokenId: string): Promise<boolean> {
  const rights = await pvesh.get(ACL, "/access/acl");
  return rights.some(({ path, ugid, roleid }) => path === "/" && ugid === tokenId && roleid === PVE_ROLES.observe);
}
