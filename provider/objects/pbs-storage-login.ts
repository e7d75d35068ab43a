import { isToken, userOf } from "../clients/login";
import { text, type Difference, type Fields } from "./fields";
import { demandBackupRight, handOver, switchLogin } from "./login-switch";
import { PBS_STORAGE_INPUTS as INPUTS } from "./pbs-storage-inputs";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { predecessors } from "./token-name";

/**
 * Gives the entry its login: in place when only the secret is another, else by way of the user.
 * @throws {Refusal} When the login may not write, or belongs to another user.
 */
export async function updateLogin(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<void> {
  const { storage, username, password } = INPUTS.parse(wanted);
  if (living["username"] !== username) {
    const former = formerTokens(text(living, "username"), text(seen, "username"), username);
    await switchLogin(site, { ...switchOf(wanted), living: text(living, "username"), former });
  } else if (password !== undefined && seen["password"] !== password) {
    await demandLogin(site, wanted);
    await site.pve().updateStorage(storage, { password });
  }
  await settle(site, wanted);
}

/** Whose groups change hands: of the login it has, of the one that the state saw, and half way through a switch, of those before. */
function formerTokens(living: string, seen: string, wanted: string): string[] {
  const before = isToken(living) ? [] : predecessors(wanted);
  return [living, seen, ...before].filter(isToken);
}

function switchOf(wanted: Fields) {
  const { storage, datastore, namespace = "", username } = INPUTS.parse(wanted);
  return { storage, datastore, namespace, to: { tokenId: username, secret: secretOf(wanted) } };
}

/**
 * The secret of the login.
 * @throws {Refusal} When nobody holds it: the login was adopted from an entry that is no longer there.
 */
export function secretOf(wanted: Fields): string {
  const { storage, username, password } = INPUTS.parse(wanted);
  if (password !== undefined) return password;
  const cure = "Choose another tokenName: a second token is made, and the groups of the first are handed to it";
  throw new Refusal(`expected the secret of ${username} for pve:PbsStorage/${storage}, and nobody holds it. ${cure}`);
}

/** Groups that were begun as the plain user during a switch go to the token, or tomorrow's backup would be refused. */
export async function settle(site: Site, wanted: Fields): Promise<void> {
  const { datastore, namespace = "", username } = INPUTS.parse(wanted);
  if (!isToken(username) || !site.hasPbs) return;
  await handOver(site, { datastore, namespace }, (owner) => owner === userOf(username), username);
}

/** From a token whose place the wanted one took, or from their user, half way: the login that a switch goes through. */
export function isLoginStep({ field, living, wanted }: Difference): boolean {
  if (field !== "username" || typeof living !== "string" || typeof wanted !== "string") return false;
  return isToken(wanted) && [userOf(wanted), ...predecessors(wanted)].includes(living);
}

/** PVE tries the login while it makes the entry, and a right that was given a moment ago may not count yet. */
export async function demandLogin(site: Site, wanted: Fields): Promise<void> {
  const { datastore, namespace = "", username } = INPUTS.parse(wanted);
  if (!site.hasPbs) return;
  const secret = secretOf(wanted);
  const login = isToken(username) ? { tokenId: username, secret } : { username, password: secret };
  await demandBackupRight(site, login, { datastore, namespace });
}
