import { Unreachable } from "../clients/api-error";
import { userOf } from "../clients/login";
import { type PveStorage } from "../clients/pve-shapes";
import { type Fields } from "./fields";
import { logInAsUser } from "./login-switch";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { tryToken } from "./token-trial";

/** Whether the program orders a new secret: it names another rotation than the one that the state saw. */
export function isRotation(wanted: Fields, seen: Fields): boolean {
  return wanted["rotation"] !== undefined && wanted["rotation"] !== seen["rotation"];
}

/**
 * Says what a new secret ends, before it does.
 * @throws {Refusal} When something would be left with a secret that no longer counts.
 */
export async function announceRotation(site: Site, tokenId: string): Promise<void> {
  const storage = await soleUser(site, tokenId);
  const way =
    storage === undefined
      ? "No storage of the nodes logs in with it"
      : `Storage ${storage.storage} is given the new one; on the way it logs in as ${userOf(tokenId)}, whose password is made anew, too`;
  site.tell(`${tokenId} gets a new secret. ${way}. Whoever else holds the old secret or that password is refused then`);
}

/**
 * Gives a token a new secret, which ends the old one at once. A storage that has the old one logs in as the token's user first, so
 * that a backup works at every moment; the storage's own update brings it to the new secret. Every step can be repeated.
 * @param outputs What goes into the state besides the secret, should it be made and not work.
 */
export async function rotateSecret(site: Site, tokenId: string, outputs: Fields): Promise<string> {
  const storage = await soleUser(site, tokenId);
  const { datastore, namespace = "" } = storage ?? {};
  if (storage?.username === tokenId && datastore !== undefined) {
    const place = { storage: storage.storage, living: tokenId, datastore, namespace };
    await logInAsUser(site, place, userOf(tokenId));
  }
  const secret = await newSecret(site, tokenId);
  await tryToken(site, tokenId, secret, { ...outputs, secret });
  return secret;
}

/** The one storage that logs in with the token, or half way through a rotation as its user. */
async function soleUser(site: Site, tokenId: string): Promise<PveStorage | undefined> {
  if (!site.hasPve) {
    const cure = "Give the provider pveEndpoint and pveApiToken, so that the storage can be given the new secret";
    throw new Refusal(
      `expected to reach the nodes that log in with ${tokenId}: with the old secret they fail. ${cure}`,
    );
  }
  const logins = [tokenId, userOf(tokenId)];
  const entries = (await site.pve().storages()).filter(({ username = "" }) => logins.includes(username));
  if (entries.length < 2) return entries[0];
  const names = entries.map(({ storage }) => storage).join(", ");
  const cure = "Give each but one a token of its own first (pvesm set <storage> --username --password)";
  throw new Refusal(`expected one storage with ${tokenId} or its user, got ${names}: the others would fail. ${cure}`);
}

/** When an answer is lost, its secret is lost with it: nothing uses it yet, and the next one takes its place. */
const TRIES = 3;

async function newSecret(site: Site, tokenId: string): Promise<string> {
  const [userId = "", name = ""] = tokenId.split("!");
  for (let tries = 1; ; tries++) {
    try {
      return await site.pbs().rotateToken(userId, name);
    } catch (error) {
      if (!(error instanceof Unreachable) || tries >= TRIES) throw error;
    }
  }
}
