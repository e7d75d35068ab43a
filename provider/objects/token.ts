import * as z from "zod";

import { Unreachable } from "../clients/api-error";
import { comment, identifier } from "./input-text";
import { given, plain, text, trimmed, type Fields } from "./fields";
import { refuseInUse } from "./use";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { isNamedAfter, tokenNames } from "./token-name";
import { announceRotation, isRotation, rotateSecret } from "./token-rotation";
import { tryToken } from "./token-trial";
import { workingLogin } from "./working-login";

const INPUTS = z.strictObject({
  userId: identifier("userId").describe("User to whom it belongs. **Cannot be changed.**"),
  tokenName: identifier("pbsId").describe("Name; where it is taken, the next free of `name-2`, `name-3` … is used."),
  comment: comment(128).optional().describe("One line for people."),
  rotation: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Any text, such as the moment at which it was ordered: another one gives the token a new secret."),
});

const OTHER = "Another name is another token: declare a second one, and take the first out once nothing uses it";

/**
 * An API token of a PBS user. Its secret is shown once, to the state. One whose secret is not held is never made to show
 * another: that would lock out whoever uses it. Where a storage of the nodes logs in with it and is let in, it is adopted
 * without its secret, for nobody else needs that. Elsewhere a second one is made beside it. Only a rotation that the program
 * orders ends a secret.
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
  unreadable: ["tokenName", "rotation", "secret", "superseded"],
  identity: ["userId", "tokenName"],
  fixed: { userId: OTHER, tokenName: OTHER },
  meanings: { userId: plain, tokenName: plain, comment: trimmed, rotation: plain },
  idOf: (fields) => tokenIdOf(fields),
  identityOf,
  look,
  async weakenings(site, wanted, living) {
    if (living !== undefined && isRotation(wanted, living)) await announceRotation(site, tokenIdOf(living));
    return [];
  },
  plan,
  create,
  update,
  renewed: (wanted, seen) => (isRotation(wanted, seen) ? ["secret"] : []),
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

async function update(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<Fields> {
  const tokenId = tokenIdOf(living);
  const [userId, name] = split(tokenId);
  const words = text(wanted, "comment");
  // The comment cannot be unset here, only emptied.
  if (words !== text(living, "comment")) await site.pbs().updateToken(userId, name, { comment: words });
  const { superseded } = seen;
  if (!isRotation(wanted, seen)) return { superseded };
  const outputs = { ...living, ...wanted, superseded, adopted: seen["adopted"] ?? true };
  return { superseded, secret: await rotateSecret(site, tokenId, outputs) };
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
  const { userId, tokenName, comment: words, rotation } = INPUTS.parse(wanted);
  const inUse = await tokenInUse(site, wanted);
  if (inUse !== undefined) {
    site.note(`${String(inUse["tokenId"])} is what the nodes log in with, and it works: adopted without its secret`);
    return inUse;
  }
  for (let tries = 1; ; tries++) {
    const { name, tokenId, superseded } = await choice(site, wanted);
    try {
      const secret = await site.pbs().createToken(userId, name, { comment: words });
      const outputs = {
        ...given({ userId, tokenName, comment: words, rotation }),
        tokenId,
        secret,
        superseded,
        adopted: false,
      };
      await tryToken(site, tokenId, secret, outputs);
      if (superseded.length > 0) site.tell(`${tokenId} takes the place of ${superseded.join(", ")}. ${REMOVE}`);
      return { tokenId, secret, superseded };
    } catch (error) {
      if (!(error instanceof Unreachable) || !error.mayBeDone || tries >= TRIES) throw error;
    }
  }
}

const REMOVE = "Remove the older on the PBS when nothing uses them any more";
