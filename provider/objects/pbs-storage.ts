import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { isToken, userOf } from "../clients/login";
import { type PveStorage } from "../clients/pve-shapes";
import { type Weakening } from "./acceptance";
import {
  caseless,
  differences,
  given,
  orElse,
  plain,
  trimmed,
  unordered,
  type Difference,
  type Fields,
} from "./fields";
import { identifier } from "./input-text";
import { demandBackupRight, handOver, switchLogin } from "./login-switch";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { predecessors } from "./token-name";
import { written } from "./written";

const fingerprint = z.string().refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' });

const INPUTS = z.strictObject({
  storage: identifier("storage").describe("Identifier in PVE. **Cannot be changed.**"),
  server: identifier("address").describe("Name or address of the PBS. **Cannot be changed.**"),
  port: z.number().int().min(1).max(65535).optional().describe("TCP port of the PBS; 8007 by default."),
  datastore: identifier("pbsId").describe("Datastore on the PBS. **Cannot be changed.**"),
  namespace: identifier("namespace").optional().describe("Namespace in the datastore; the root namespace by default."),
  username: z
    .string()
    .regex(/^[^\s:/!]+@[^\s:/!]+(?:![^\s:/!]+)?$/, 'expected a login such as "tappaas@pbs!pve"')
    .describe("Login on the PBS. Another token of the same user is switched in place."),
  password: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("Secret of the token, or the user's password; without it, the one that the entry has stays."),
  fingerprint: fingerprint.optional().describe("SHA-256 of the PBS's certificate; without it the system's CAs decide."),
  encryptionKeyFingerprint: fingerprint.describe("Fingerprint of the key with which the nodes encrypt."),
  masterPublicKey: z
    .string()
    .startsWith("-----BEGIN PUBLIC KEY-----", "expected an RSA public key as PEM")
    .optional()
    .describe("RSA public key (PEM) to which each backup encrypts the key besides: a second way back to the data."),
  nodes: z.array(identifier("node")).optional().describe("Nodes that may use it; all by default."),
  disable: z.boolean().optional().describe("Whether it is switched off."),
});

const PLACE =
  "PVE cannot move a storage to another server or datastore: declare a second storage beside it, and move the jobs";

/** PVE tries the login while it makes the entry, and a right that was given a moment ago may not count yet. */
async function demandLogin(site: Site, wanted: Fields): Promise<void> {
  const { datastore, namespace = "", username } = INPUTS.parse(wanted);
  if (!site.hasPbs) return;
  const secret = secretOf(wanted);
  const login = isToken(username) ? { tokenId: username, secret } : { username, password: secret };
  await demandBackupRight(site, login, { datastore, namespace });
}

/** What a PUT may touch besides login and key. */
const SETTINGS = {
  port: orElse(8007),
  namespace: trimmed,
  fingerprint: caseless,
  nodes: unordered,
  disable: orElse(false),
};

/** The PVE storage entry through which nodes reach a datastore. It is changed in place: removing it loses its key. */
export const pbsStorage: SiteObject = {
  token: "resilience:pve:PbsStorage",
  description: "The PVE storage entry through which the nodes reach a PBS datastore, with login and encryption key.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["password"],
  unreadable: ["password", "masterPublicKey"],
  identity: ["storage"],
  fixed: { storage: PLACE, server: PLACE, datastore: PLACE },
  meanings: {
    storage: plain,
    server: plain,
    datastore: plain,
    username: plain,
    password: plain,
    encryptionKeyFingerprint: caseless,
    masterPublicKey: trimmed,
    ...SETTINGS,
  },
  idOf: ({ storage }) => String(storage),
  identityOf: (id) => ({ storage: id }),
  look,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  create,
  update,
  remove,
  isOwnStep,
  settle,
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const id = String(identity["storage"]);
  const found = (await site.pve().storages()).find(({ storage }) => storage === id);
  if (found === undefined) {
    await demandSight(site.pve(), `/storage/${id}`, "Datastore.Audit");
    return undefined;
  }
  if (found.type !== "pbs") {
    const cure = "Choose another identifier, or take that storage away yourself if nothing uses it";
    throw new Refusal(`expected pve:PbsStorage/${id} to be of type pbs, got type ${found.type}. ${cure}`);
  }
  return fieldsOf(found);
}

function fieldsOf(found: PveStorage): Fields {
  const { storage, server, port, datastore, namespace, username, nodes, disable } = found;
  return given({
    storage,
    server,
    port,
    datastore,
    namespace,
    username,
    fingerprint: found.fingerprint,
    encryptionKeyFingerprint: found["encryption-key"],
    nodes: nodes?.split(",").filter((node) => node !== ""),
    disable: disable === true ? true : undefined,
  });
}

function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  if (living === undefined) return [];
  const found: Weakening[] = [];
  const key = [living["encryptionKeyFingerprint"], wanted["encryptionKeyFingerprint"]].map(caseless);
  if (key[0] !== undefined && key[1] !== undefined && key[0] !== key[1]) {
    const what = `the key ${String(key[0])} gives way to ${String(key[1])}; what the old one encrypted needs the old one`;
    found.push({ change: "weaken-encryption", what });
  }
  if (living["masterPublicKey"] !== undefined && wanted["masterPublicKey"] === undefined) {
    found.push({ change: "weaken-encryption", what: "new backups can no longer be opened with the master key" });
  }
  if (wanted["disable"] === true && living["disable"] !== true) {
    found.push({ change: "disable-storage", what: `no backup reaches ${String(wanted["datastore"])} any more` });
  }
  return found;
}

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const { storage, server, datastore, username } = INPUTS.parse(wanted);
  const login = { username, password: secretOf(wanted) };
  const key = await keyParameters(site, wanted);
  await demandLogin(site, wanted);
  const fixed = { storage, type: "pbs", content: "backup", server, datastore };
  await site.pve().createStorage(given({ ...fixed, ...login, ...settings(wanted), ...key }));
  return {};
}

function settings(wanted: Fields) {
  const { port, namespace, fingerprint: certificate, nodes, disable } = INPUTS.parse(wanted);
  return { port, namespace, fingerprint: certificate, nodes: nodes?.join(",") || undefined, disable };
}

/** The key, read for this one request and compared with what the program names; the caller drops it. */
async function keyParameters(site: Site, wanted: Fields) {
  const { encryptionKeyFingerprint, masterPublicKey } = INPUTS.parse(wanted);
  const key = await site.key();
  if (caseless(key.fingerprint) !== caseless(encryptionKeyFingerprint)) {
    const cure = "Point keyFile at that key, or write the fingerprint of this one into the program";
    throw new Refusal(`expected the key ${encryptionKeyFingerprint}, got a key file with ${key.fingerprint}. ${cure}`);
  }
  const master = masterPublicKey === undefined ? undefined : Buffer.from(masterPublicKey).toString("base64");
  return { "encryption-key": key.json, "master-pubkey": master };
}

async function update(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<Fields> {
  await updateKey(site, wanted, living, seen);
  await updateSettings(site, wanted, living);
  await updateLogin(site, wanted, living, seen);
  return {};
}

async function updateSettings(site: Site, wanted: Fields, living: Fields): Promise<void> {
  if (differences(SETTINGS, wanted, living).length === 0) return;
  const { set, unset } = written(settings(wanted));
  await site.pve().updateStorage(String(wanted["storage"]), set, unset);
}

async function updateKey(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<void> {
  const held = caseless(living["encryptionKeyFingerprint"]) === caseless(wanted["encryptionKeyFingerprint"]);
  const master = trimmed(seen["masterPublicKey"]) === trimmed(wanted["masterPublicKey"]);
  if (held && master) return;
  const unset = wanted["masterPublicKey"] === undefined && !master ? ["master-pubkey"] : [];
  await site.pve().updateStorage(String(wanted["storage"]), given(await keyParameters(site, wanted)), unset);
}

async function updateLogin(site: Site, wanted: Fields, living: Fields, seen: Fields): Promise<void> {
  const { storage, username, password } = INPUTS.parse(wanted);
  if (living["username"] !== username) {
    const former = formerTokens(String(living["username"]), seen["username"], username);
    await switchLogin(site, { ...switchOf(wanted), living: String(living["username"]), former });
  } else if (password !== undefined && seen["password"] !== password) {
    await site.pve().updateStorage(storage, { password });
  }
  await settle(site, wanted);
}

/** Whose groups change hands: of the login it has, of the one that the state saw, and half way through a switch, of those before. */
function formerTokens(living: string, seen: unknown, wanted: string): string[] {
  const before = isToken(living) ? [] : predecessors(wanted);
  return [living, String(seen), ...before].filter(isToken);
}

function switchOf(wanted: Fields) {
  const { storage, datastore, namespace = "", username } = INPUTS.parse(wanted);
  return { storage, datastore, namespace, to: { tokenId: username, secret: secretOf(wanted) } };
}

/**
 * The secret of the login.
 * @throws {Refusal} When nobody holds it: the login was adopted from an entry that is no longer there.
 */
function secretOf(wanted: Fields): string {
  const { storage, username, password } = INPUTS.parse(wanted);
  if (password !== undefined) return password;
  const cure = "Choose another tokenName: a second token is made, and the groups of the first are handed to it";
  throw new Refusal(`expected the secret of ${username} for pve:PbsStorage/${storage}, and nobody holds it. ${cure}`);
}

/** Groups that were begun as the plain user during a switch go to the token, or tomorrow's backup would be refused. */
async function settle(site: Site, wanted: Fields): Promise<void> {
  const { datastore, namespace = "", username } = INPUTS.parse(wanted);
  if (!isToken(username) || !site.hasPbs) return;
  await handOver(site, { datastore, namespace }, [userOf(username)], username);
}

/** From a token whose place the wanted one took, or from their user, half way: the login that a switch goes through. */
function isOwnStep({ field, living, wanted }: Difference): boolean {
  if (field !== "username" || wanted === undefined || !isToken(String(wanted))) return false;
  return living === userOf(String(wanted)) || predecessors(String(wanted)).includes(String(living));
}

async function remove(site: Site, living: Fields): Promise<void> {
  const id = String(living["storage"]);
  const jobs = (await site.pve().backupJobs()).filter(({ storage }) => storage === id).map((job) => job.id);
  if (jobs.length > 0) {
    const cure = "Take these out of the program first, or give them another storage";
    throw new Refusal(`pve:PbsStorage/${id} is used by backup jobs: ${jobs.join(", ")}. ${cure}`);
  }
  await site.pve().removeStorage(id);
}
