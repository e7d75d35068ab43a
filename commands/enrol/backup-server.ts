import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import { type NodeShell } from "../ssh/node-shell";
import { type Secrets } from "../secrets";
import { type SettingsFile } from "../settings-file";
import { fingerprint } from "../../estate/units/fingerprint";
import { NotPermitted } from "../../provider/clients/api-error";
import { parseToken, type TokenLogin } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { pbsApi, type LocalApi } from "./local-api";
import { freeName, LOGIN_USER_PBS, PBS_SECRETS } from "./names";
import { type Enrolment } from "./record";
import { type Step } from "./step";

/** What the steps of a backup server's enrolment work with. */
interface Context {
  readonly api: LocalApi;
  readonly secrets: Secrets;
  readonly settings: SettingsFile;
  readonly record: Enrolment;
  readonly site: string;
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
}

const VERSION = z.looseObject({ version: z.string() });
const CERTIFICATES = z
  .array(z.looseObject({ fingerprint: z.string().optional(), filename: z.string().optional() }))
  .min(1);
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

/** A backup server that can be enrolled: what it is, and what is to be done. */
export interface BackupServerEnrolment {
  /** Its version. */
  readonly version: string;
  /** What has to be seen to, in order. */
  readonly steps: readonly Step[];
  /** Tries the logins as every later run will, and names them. */
  readonly prove: () => Promise<string[]>;
}

/**
 * Looks at a backup server over root's shell.
 * @throws {Error} When it is none, or the settings name another.
 */
export async function backupServerEnrolment(
  shell: NodeShell,
  order: Omit<Context, "api" | "certificate">,
): Promise<BackupServerEnrolment> {
  const api = pbsApi(shell);
  const { version } = await api.get(VERSION, "/version");
  rejectVersion(version, order.host);
  const certificates = await api.get(CERTIFICATES, "/nodes/localhost/certificates/info");
  const proxy = certificates.find(({ filename }) => filename === "proxy.pem") ?? certificates[0];
  const context = { ...order, api, certificate: fingerprint(proxy?.fingerprint ?? "") };
  const steps = [placeStep(context), await userStep(context), await rightStep(context, LOGIN_USER_PBS, "Admin")];
  for (const login of ["apply", "observe"] as const) {
    const name = await tokenName(context, login);
    steps.push(await tokenStep(context, login, name));
    steps.push(await rightStep(context, `${LOGIN_USER_PBS}!${name}`, LOGINS[login].role));
  }
  const prove = async () => [await proveLogin(context, "apply"), await proveLogin(context, "observe")];
  return { version, steps, prove };
}

function rejectVersion(version: string, host: string): void {
  if (Number(version.split(".")[0]) >= 4) return;
  throw new Error(
    `${host} runs Proxmox Backup Server ${version}; 4.0 or newer is needed. Nothing was changed.\n` +
      "Cure: upgrade it, https://pbs.proxmox.com/wiki/index.php/Upgrade_from_3_to_4",
  );
}

/** Address and certificate in the settings; over SSH whose host key was compared, the fingerprint needs no second look. */
function placeStep({ settings, host, port, certificate }: Context): Step {
  const address = settings.get("backupServer", "address");
  const named = typeof address === "string" && address !== "" ? address : undefined;
  if (named !== undefined && named !== host) {
    throw new Error(
      `${settings.path} names the backup server ${named}, not ${host}; nothing was changed.\n` +
        "Cure: say PBS= as the settings do, or correct backupServer.address.",
    );
  }
  const pinned = settings.get("backupServer", "fingerprint");
  const same = named === host && typeof pinned === "string" && sameFingerprint(pinned, certificate);
  return {
    thing: `backup server in ${settings.path}`,
    change: same ? undefined : `${host}, certificate ${certificate}`,
    apply: () => {
      settings.set(["backupServer", "address"], host);
      settings.set(["backupServer", "fingerprint"], certificate);
      if (port !== USUAL_PORT) settings.set(["backupServer", "port"], port);
      settings.save();
      return Promise.resolve();
    },
  };
}

const USUAL_PORT = 8007;

function sameFingerprint(written: string, certificate: string): boolean {
  try {
    return fingerprint(written) === certificate;
  } catch {
    return false;
  }
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
  const held = await heldToken(context, login);
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

async function proveLogin(context: Context, which: Login): Promise<string> {
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
  const endpoint = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new PbsClient({ endpoint, trust: { fingerprint: certificate }, login });
}
