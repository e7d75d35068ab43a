import { type PveStorage } from "../clients/pve-shapes";
import { type Weakening } from "./acceptance";
import { caseless, differences, given, orElse, plain, shown, text, trimmed, unordered, type Fields } from "./fields";
import { PBS_STORAGE_INPUTS as INPUTS } from "./pbs-storage-inputs";
import { keyParameters, updateKey } from "./pbs-storage-key";
import { demandLogin, isLoginStep, secretOf, settle, updateLogin } from "./pbs-storage-login";
import { keyOpensBackups } from "./pbs-storage-proof";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const PLACE =
  "PVE cannot move a storage to another server or datastore: declare a second storage beside it, and move the jobs";

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
  idOf: (fields) => text(fields, "storage"),
  identityOf: (id) => ({ storage: id }),
  look,
  inspect,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  create,
  update,
  remove,
  isOwnStep: isLoginStep,
  settle,
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const id = text(identity, "storage");
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

/** A key that the nodes no longer have counts as none, whatever the entry says. */
async function inspect(site: Site, living: Fields): Promise<Fields> {
  if ((await keyOpensBackups(site, living)) !== false) return living;
  const { encryptionKeyFingerprint: named, ...rest } = living;
  site.tell(
    `pve:PbsStorage/${text(living, "storage")} names the key ${shown(named)}, and a node cannot read what that key encrypted: ` +
      "the key is gone from it, or is another. PVE refuses to back up without it. The next up puts it back",
  );
  return rest;
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
    const what = `the key ${shown(key[0])} gives way to ${shown(key[1])}; what the old one encrypted needs the old one`;
    found.push({ change: "weaken-encryption", what });
  }
  if (living["masterPublicKey"] !== undefined && wanted["masterPublicKey"] === undefined) {
    found.push({ change: "weaken-encryption", what: "new backups can no longer be opened with the master key" });
  }
  if (wanted["disable"] === true && living["disable"] !== true) {
    found.push({ change: "disable-storage", what: `no backup reaches ${text(wanted, "datastore")} any more` });
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
  return {
    port,
    namespace,
    fingerprint: certificate,
    nodes: nodes?.length === 0 ? undefined : nodes?.join(","),
    disable,
  };
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
  await site.pve().updateStorage(text(wanted, "storage"), set, unset);
}

async function remove(site: Site, living: Fields): Promise<void> {
  const id = text(living, "storage");
  const jobs = (await site.pve().backupJobs()).filter(({ storage }) => storage === id).map((job) => job.id);
  if (jobs.length > 0) {
    const cure = "Take these out of the program first, or give them another storage";
    throw new Refusal(`pve:PbsStorage/${id} is used by backup jobs: ${jobs.join(", ")}. ${cure}`);
  }
  await site.pve().removeStorage(id);
}
