import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { NotPermitted, Unreachable } from "../clients/api-error";
import { comment, identifier } from "./input-text";
import { given, plain, text, trimmed, type Fields } from "./fields";
import { refuseInUse } from "./use";
import { Refusal, Unfinished } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { isNamedAfter, tokenNames } from "./token-name";
import { workingLogin } from "./working-login";

const INPUTS = z.strictObject({
  userId: identifier("userId").describe("User to whom it belongs. **Cannot be changed.**"),
  tokenName: identifier("pbsId").describe("Name; where it is taken, the next free of `name-2`, `name-3` … is used."),
  comment: comment(128).optional().describe("One line for people."),
});

const OTHER = "Another name is another token: declare a second one, and take the first out once nothing uses it";

/**
 * An API token of a PBS user. Its secret is shown once, to the state. One whose secret is not held is never made to show
 * another: that would lock out whoever uses it. Where a storage of the nodes logs in with it and is let in, it is adopted
 * without its secret, for nobody else needs that. Elsewhere a second one is made beside it.
 */
export const token: SiteObject = {
  token: "resilience:pbs:Token",
  description: "An API token of a user of a Proxmox Backup Server.",
  inputs: INPUTS,
  extraOutputs: {
    tokenId: { type: "string", description: "The token as it logs in, `user@realm!name`." },
    secret: { type: "string", description: "Its secret; not there where the token was adopted in use, or imported." },
    superseded: { type: "strings", description: "Older tokens of this name, for a person to remove." },
  },
  secrets: ["secret"],
  unreadable: ["tokenName", "secret", "superseded"],
  identity: ["userId", "tokenName"],
  fixed: { userId: OTHER, tokenName: OTHER },
  meanings: { userId: plain, tokenName: plain, comment: trimmed },
  idOf: (fields) => tokenIdOf(fields),
  identityOf,
  look,
  weakenings: () => Promise.resolve([]),
  plan,
  create,
  async update(site, wanted, living, seen) {
    const [userId, name] = split(text(living, "tokenId"));
    // The comment cannot be unset here, only emptied.
    await site.pbs().updateToken(userId, name, { comment: text(wanted, "comment") });
    return { superseded: seen["superseded"] };
  },
  async remove(site, living) {
    await refuseInUse(site, `pbs:Token/${tokenIdOf(living)}`, tokenIdOf(living));
    await site.pbs().removeToken(...split(text(living, "tokenId")));
  },
};

function tokenIdOf(fields: Fields): string {
  const tokenId = text(fields, "tokenId");
  return tokenId === "" ? `${text(fields, "userId")}!${text(fields, "tokenName")}` : tokenId;
}

function split(tokenId: string): [string, string] {
  const [userId, name, ...rest] = tokenId.split("!");
  if (userId !== undefined && userId.includes("@") && name !== undefined && rest.length === 0) return [userId, name];
  throw new Refusal(`expected a token as user@realm!name, got "${tokenId}"`);
}

function identityOf(id: string): Fields {
  const [userId, tokenName] = split(id);
  return { userId, tokenName, tokenId: id };
}

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const tokenId = tokenIdOf(identity);
  const [userId, tokenName] = split(tokenId);
  const found = (await tokensOf(site, userId)).find(({ tokenid }) => tokenid === tokenId);
  if (found === undefined) return undefined;
  return given({ userId, tokenName: identity["tokenName"] ?? tokenName, tokenId, comment: trimmed(found.comment) });
}

/** Its tokens, once it is certain that none is hidden; none when there is no such user. */
async function tokensOf(site: Site, userId: string) {
  await demandSight(site.pbs(), "/access/users", "Sys.Audit");
  const users = await site.pbs().users();
  return users.some(({ userid }) => userid === userId) ? site.pbs().tokens(userId) : [];
}

/** Names that are taken, of the token and of those made beside it. */
async function taken(site: Site, wanted: Fields): Promise<string[]> {
  const names = (await tokensOf(site, text(wanted, "userId"))).map(({ tokenid }) => split(tokenid)[1]);
  return names.filter((name) => isNamedAfter(name, text(wanted, "tokenName"))).sort();
}

async function plan(site: Site, wanted: Fields): Promise<Fields> {
  const inUse = await tokenInUse(site, wanted);
  if (inUse !== undefined) return inUse;
  const { tokenId, superseded } = await choice(site, wanted);
  return { tokenId, superseded, adopted: false };
}

/** A token of this name that the nodes use and that works: taken over as it is, without its secret. */
async function tokenInUse(site: Site, wanted: Fields): Promise<Fields | undefined> {
  const tokenIds = (await taken(site, wanted)).map((name) => `${text(wanted, "userId")}!${name}`);
  const tokenId = await workingLogin(site, tokenIds.toReversed());
  if (tokenId === undefined) return undefined;
  return { tokenId, superseded: tokenIds.filter((other) => other !== tokenId), adopted: true };
}

async function choice(site: Site, wanted: Fields) {
  const userId = text(wanted, "userId");
  const names = await taken(site, wanted);
  const name = tokenNames(text(wanted, "tokenName")).find((candidate) => !names.includes(candidate));
  if (name === undefined)
    throw new Refusal(`${userId} has too many tokens: ${names.join(", ")}. Remove what nothing uses`);
  return { name, tokenId: `${userId}!${name}`, superseded: names.map((other) => `${userId}!${other}`) };
}

/** When an answer is lost, its secret is lost with it, and the next name is taken. */
const TRIES = 3;

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const { userId, tokenName, comment: words } = INPUTS.parse(wanted);
  const inUse = await tokenInUse(site, wanted);
  if (inUse !== undefined) {
    site.note(`${String(inUse["tokenId"])} is what the nodes log in with, and it works: adopted without its secret`);
    return inUse;
  }
  for (let tries = 1; ; tries++) {
    const { name, tokenId, superseded } = await choice(site, wanted);
    try {
      const secret = await site.pbs().createToken(userId, name, { comment: words });
      const outputs = { ...given({ userId, tokenName, comment: words }), tokenId, secret, superseded, adopted: false };
      await tryLogin(site, tokenId, secret, outputs);
      if (superseded.length > 0) site.tell(`${tokenId} takes the place of ${superseded.join(", ")}. ${REMOVE}`);
      return { tokenId, secret, superseded };
    } catch (error) {
      if (!(error instanceof Unreachable) || !error.mayBeDone || tries >= TRIES) throw error;
    }
  }
}

const REMOVE = "Remove the older on the PBS when nothing uses them any more";
/** A new token may take some seconds to count, as ACL changes do (observed on PBS 4.2.3). */
const LOGIN_TRIES = 6;

/** Logs in once with the new secret; whatever it may do, it must be let in. */
async function tryLogin(site: Site, tokenId: string, secret: string, outputs: Fields): Promise<void> {
  const pbs = site.pbs().as({ tokenId, secret });
  try {
    for (let tries = 1; ; tries++) {
      try {
        await pbs.privileges("/");
        return;
      } catch (error) {
        if (error instanceof NotPermitted && tries < LOGIN_TRIES) await sleep(site.pause);
        else throw new Unfinished(`${tokenId} was made and cannot log in: ${(error as Error).message}`, outputs);
      }
    }
  } finally {
    await pbs.close();
  }
}
