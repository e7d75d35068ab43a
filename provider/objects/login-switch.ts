import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { type PbsClient } from "../clients/pbs-client";
import { type PbsGroup } from "../clients/pbs-shapes";
import { isToken, userOf, type Login, type TokenLogin } from "../clients/login";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";

/** Where backups of a storage lie: PVE writes to one namespace and to none below it. */
export interface BackupPlace {
  /** Datastore on the PBS. */
  readonly datastore: string;
  /** Empty for the root namespace. */
  readonly namespace: string;
}

/** A storage that is to leave the login it has. */
export interface UserLogin extends BackupPlace {
  /** The entry in PVE. */
  readonly storage: string;
  /** Login that the storage has now. */
  readonly living: string;
}

/** A storage that is to log in with another token. */
export interface LoginSwitch extends UserLogin {
  /** Login that it is to have. */
  readonly to: TokenLogin;
  /** Tokens that wrote through this storage before. */
  readonly former: readonly string[];
}

/**
 * Switches a storage from one token to another of the same user, so that a backup works at every moment between.
 *
 * A backup group takes backups from its owner, and from the user whose token owns it, but from no other token. So the way
 * leads through the user: it may write while the groups change hands. Each step can be repeated; stopped between any two,
 * the storage has a login that works, and the next run goes on.
 */
export async function switchLogin(site: Site, change: LoginSwitch): Promise<void> {
  const { storage, living, to, former } = change;
  const user = userOf(to.tokenId);
  if (userOf(living) !== user || !isToken(to.tokenId)) throw new Refusal(strangerText(change));
  await demandBackupRight(site, to, change);
  if (isToken(living)) await logInAsUser(site, change, user);
  const backedUp = living === user ? await backedUpTo(site, storage) : () => false;
  const wasOurs = (owner: string, group: PbsGroup) =>
    owner === user || former.includes(owner) || (userOf(owner) === user && backedUp(group));
  await handOver(site, change, wasOurs, to.tokenId);
  await setLogin(site, storage, to.tokenId, to.secret);
  await handOver(site, change, (owner) => owner === user, to.tokenId);
}

/**
 * Whether a backup job writes a group through this storage. A storage that logs in as the user may be half way through a
 * switch from a token that nobody remembers: what its jobs back up was that token's, and would be refused to the new one.
 */
async function backedUpTo(site: Site, storage: string): Promise<(group: PbsGroup) => boolean> {
  const jobs = (await site.pve().backupJobs()).filter((job) => job.storage === storage);
  const guests = new Set(jobs.flatMap(({ vmid = "" }) => vmid.split(",")));
  const all = jobs.some((job) => job.all === true || job.pool !== undefined);
  return (group) => group["backup-type"] !== "host" && (all || guests.has(group["backup-id"]));
}

/**
 * Hands each group that `wasOurs` to `newOwner`, who must be the user that owns it or one of its tokens: PBS lets the user go
 * on with what its tokens own.
 */
export async function handOver(
  site: Site,
  place: BackupPlace,
  wasOurs: (owner: string, group: PbsGroup) => boolean,
  newOwner: string,
): Promise<void> {
  const { datastore, namespace } = place;
  const pbs = site.pbs();
  // Without this right the list shows only the login's own groups, and others would stay behind.
  await demandSight(pbs, placePath(place), "Datastore.Audit");
  for (const group of await pbs.groups(datastore, namespace)) {
    if (group.owner === undefined || group.owner === newOwner || !wasOurs(group.owner, group)) continue;
    const name = { type: group["backup-type"], id: group["backup-id"], namespace };
    await pbs.changeOwner(datastore, name, newOwner);
  }
}

/**
 * Gives the user a fresh password that nobody keeps, and lets the storage log in with it: the user may write into the groups of
 * all its tokens.
 * @throws {Refusal} When another storage has that user's password, or the user is not the PBS's own.
 */
export async function logInAsUser(site: Site, change: UserLogin, user: string): Promise<void> {
  const { storage, living } = change;
  const others = (await site.pve().storages()).filter((one) => one.username === user && one.storage !== storage);
  if (others.length > 0 || !user.endsWith("@pbs")) {
    const why =
      others.length > 0 ? `storage ${others.map((one) => one.storage).join(", ")} uses it` : "it is no @pbs user";
    const cure = `Switch ${storage} yourself: change the groups' owner on the PBS, then pvesm set ${storage} --username`;
    throw new Refusal(`expected to give ${user} a fresh password on the way from ${living}, but ${why}. ${cure}`);
  }
  const password = randomBytes(32).toString("base64url");
  await site.pbs().updateUser(user, { password });
  await demandBackupRight(site, { username: user, password }, change);
  await setLogin(site, storage, user, password);
}

async function setLogin(site: Site, storage: string, username: string, password: string): Promise<void> {
  await site.pve().updateStorage(storage, { username, password });
  const now = (await site.pve().storages()).find((one) => one.storage === storage)?.username;
  if (now !== username)
    throw new Refusal(`expected ${storage} to log in as ${username}, got ${String(now)}. Run again`);
}

const RIGHT = "Datastore.Backup";
/** ACL changes take up to 5 seconds to act (observed on PBS 4.2.3). */
const TRIES = 8;

/** A login is used only once it may write: a storage with one that may not would fail at once, or tonight. */
export async function demandBackupRight(site: Site, login: Login, place: BackupPlace): Promise<void> {
  const pbs = site.pbs().as(login);
  try {
    for (let tries = 1; !(await mayWrite(pbs, place)); tries++) {
      if (tries >= TRIES) throw new Refusal(rightText("tokenId" in login ? login.tokenId : login.username, place));
      await sleep(site.pause);
    }
  } finally {
    await pbs.close();
  }
}

async function mayWrite(pbs: PbsClient, place: BackupPlace): Promise<boolean> {
  return (await pbs.privileges(placePath(place)))[RIGHT] !== undefined;
}

function placePath({ datastore, namespace }: BackupPlace): string {
  return `/datastore/${datastore}${namespace === "" ? "" : `/${namespace}`}`;
}

function rightText(login: string, place: BackupPlace): string {
  const cure =
    "Give it the role DatastoreBackup there, to the token and to its user; the storage keeps its login until then";
  return `expected ${login} to have ${RIGHT} on ${placePath(place)}. ${cure}`;
}

function strangerText({ storage, living, to }: LoginSwitch): string {
  return (
    `expected a token of ${userOf(living)} for storage ${storage}, got ${to.tokenId}. The backups belong to ` +
    `${userOf(living)}, and another user could not go on with them: use one of its tokens, or change the owner of each group`
  );
}
