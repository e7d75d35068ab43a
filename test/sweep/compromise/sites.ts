import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";

import * as z from "zod";

import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { pvePrivileges } from "../../../provider/rights/pve-rights";
import { labBuckets } from "../../../tools/lab-site/buckets";
import { askLab, startLab, stopLab } from "../../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK, type LabSource } from "../../../tools/lab-site/vault";
import { changeSettings, run, setSecret } from "../../engine/support/commands";
import { forgetLabSite, freshLabSite, onNode, pbsOf, pveOf, runBackups, up } from "../../engine/support/lab-site";
import { NODE } from "./client";
import { type Door, type Lab } from "./door";
import { beginCanary, runJob } from "./lock-out";
import { type CopyName } from "./table";
import { type Stolen, type StolenKey } from "./thief";

const HOME = "test-compromise-home";
const VAULT = "test-compromise-vault";
const PEER = "test-compromise-peer";
const PROVIDER = "test-compromise-provider";
const CUSTOMER = "customer@pbs";
const SECRET = /^(?!settings$)/;

/** A home with every kind of copy elsewhere, and those who keep them: each a lab, and a stack, of its own. */
export interface Sites {
  readonly home: LabSite;
  readonly vault: LabSite;
  readonly peer: LabSite;
  readonly provider: Lab;
  /** Logins with which others fetch from home. */
  readonly readers: Readonly<Record<"vault" | "peer", LabSource>>;
  /** Key that cleans both buckets, and the one of their account. */
  readonly cleaner: StolenKey;
  readonly account: StolenKey;
  /** Each copy as a thief stands before it. */
  readonly doors: Readonly<Record<Exclude<CopyName, "the guest itself">, Door>>;
}

/** Brings all of them up, with a backup of every guest in every copy. */
export async function compromisedSites(): Promise<Sites> {
  forgetSites();
  const peer = await freshLabSite(PEER, "127.0.149");
  const home = await freshLabSite(HOME, "127.0.147");
  const provider = await providerLab();
  const secret = await customerOf(provider);
  const stackKey = newPrivateKey("stack");
  await onNode(home.sheet, NODE, `mkdir -p ~/.ssh; echo '${publicLine(stackKey)}' >>~/.ssh/authorized_keys`);
  await setSecret(home, "sshPrivateKey", stackKey);
  await setSecret(home, "pveApiToken", await programLogin(home));
  await declareCopies(home, provider, secret, await readerOn(peer));
  await up(home);
  runBackups(home);
  const readers = {
    vault: (await copyReaderOf(home, "vault@pbs"))!,
    peer: (await copyReaderOf(home, "peer@pbs"))!,
  };
  const vault = await prepareLabVault(VAULT, "127.0.148", { home: readers.vault });
  const upped = await run(vault, "up", "--yes");
  assert.equal(upped.code, 0, upped.stdout + upped.stderr);
  await keepCopiesOf(peer, "home", readers.peer);
  await up(peer);
  const doors = await doorsOf(home, vault, peer, provider);
  for (const door of Object.values(doors)) await runJob(door);
  for (const door of Object.values(doors)) await beginCanary(door, doors["the backup at home"]);
  const account = home.sheet.s3!.owner;
  return { home, vault, peer, provider, readers, cleaner: cleanerOf(home), account, doors };
}

/** Stops all of them and removes what they were. */
export function forgetSites(): void {
  for (const name of [HOME, PEER, PROVIDER]) forgetLabSite(name);
  const places = placesOf(VAULT, VAULT_STACK);
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
}

/** Everything that the stack's passphrase opens. */
export async function secretsOf({ stack }: LabSite): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await stack.onStack(["config", "--show-secrets", "--json"], { quiet: true });
  const values = JSON.parse(stdout) as Record<string, { value?: string }>;
  const all = Object.entries(values).map(([key, { value = "" }]) => [key.slice(key.indexOf(":") + 1), value] as const);
  return Object.fromEntries(all.filter(([key]) => SECRET.test(key)));
}

/** Buckets of the site's settings, by copy. */
export const BUCKETS = { bucket: "home-append-only", ordinary: "home-ordinary" } as const;

function declaredBuckets() {
  const place = (name: string) => ({ endpoint: "s3.example.org", region: "eu-central-1", name, accessKey: "AKIA" });
  const of = (name: string, datastore: string, mode: "append-only" | "ordinary") => ({
    kind: "s3",
    place: "the lab's provider",
    mode,
    bucket: place(name),
    into: { datastore, path: `/tankc1/${datastore}` },
  });
  return {
    bucket: of(BUCKETS.bucket, "s3-copies", "append-only"),
    ordinary: of(BUCKETS.ordinary, "s3-ordinary", "ordinary"),
  };
}

/** Writes every kind of copy into home's settings, with the secrets of those that home holds itself. */
async function declareCopies(home: LabSite, provider: Lab, customer: string, peer: LabSource): Promise<void> {
  const { offsite, logins } = labBuckets(home.places, home.sheet, declaredBuckets());
  const { address, fingerprint } = provider.sheet.pbs["vault"]!;
  const receiver = { place: "a provider", address, fingerprint, datastore: "customers", authId: `${CUSTOMER}!push` };
  changeSettings(home, (settings) => ({
    ...withReaders(settings, ["vault@pbs", "peer@pbs"]),
    offsite: {
      ...offsite,
      vault: { kind: "vault", place: "elsewhere", reader: "vault@pbs" },
      peer: { kind: "peer", place: "a friend's", reader: "peer@pbs" },
    },
    hosted: { provider: receiver },
  }));
  for (const [name, secret] of Object.entries({ ...logins, providerWriter: customer })) {
    await setSecret(home, name, secret);
  }
  await keepCopiesOf(home, "friend", peer);
}

async function keepCopiesOf(site: LabSite, name: string, { secret, ...source }: LabSource): Promise<void> {
  const into = { datastore: `${name}-copies`, path: `/tankc1/${name}-copies` };
  const kept = { ...source, datastore: "tappaas_backup", into };
  changeSettings(site, (settings) => ({ ...settings, peers: { [name]: kept } }));
  await setSecret(site, `${name}Reader`, secret);
}

function withReaders<T extends { backup?: unknown }>(settings: T, readers: readonly string[]): T {
  return { ...settings, backup: { ...(settings.backup as object), readers } };
}

async function providerLab(): Promise<Lab> {
  const places = placesOf(PROVIDER);
  return { places, sheet: await startLab(places, `${REPOSITORY}/lab/sites/offsite.json`, "127.0.150") };
}

/** A provider's customer: a datastore, and a login that writes there. */
async function customerOf({ sheet }: Lab): Promise<string> {
  const owner = pbsOf(sheet, "vault");
  try {
    await owner.taskEnd(await owner.createDatastore({ name: "customers", path: "/tankc1/customers" }));
    await owner.createUser({ userid: CUSTOMER });
    const secret = await owner.createToken(CUSTOMER, "push", {});
    for (const authId of [CUSTOMER, `${CUSTOMER}!push`]) {
      await owner.grant("/datastore/customers", "DatastoreBackup", authId, true);
    }
    return secret;
  } finally {
    await owner.close();
  }
}

/** A login for home on the peer's server, as its own stack would make it: test/sweep/peers.spec.ts holds that to its rights. */
async function readerOn({ sheet }: LabSite): Promise<LabSource> {
  const { address, fingerprint } = sheet.pbs["backup"]!;
  const owner = pbsOf(sheet);
  try {
    await owner.createUser({ userid: "home@pbs" });
    const secret = await owner.createToken("home@pbs", "pull", {});
    for (const authId of ["home@pbs", "home@pbs!pull"]) {
      await owner.grant("/datastore/tappaas_backup", "DatastoreReader", authId, true);
    }
    return { address, fingerprint, authId: "home@pbs!pull", secret };
  } finally {
    await owner.close();
  }
}

async function doorsOf(home: LabSite, vault: LabSite, peer: LabSite, provider: Lab): Promise<Sites["doors"]> {
  const secret = (await onNode(home.sheet, NODE, "cat /etc/pve/priv/storage/tappaas_backup.pw")).trim();
  const writer: Stolen = { authId: "tappaas@pbs!pve", secret };
  const secrets = await secretsOf(home);
  const own = { lab: home, server: "backup", machine: "home server" as const, writer };
  const at = (store: string) => ({ store, path: `/tankc1/${store}` });
  const inBucket = (copy: CopyName, name: keyof typeof BUCKETS, store: string): Door => ({
    ...{ ...own, ...at(store), copy, bucket: BUCKETS[name] },
    job: { lab: home, server: "backup", id: `to-${store}` },
    homeKey: { accessKey: accessKeyOf(home, name), secretKey: secrets[`${name}SecretKey`]! },
  });
  return {
    "the backup at home": { ...own, ...at("tappaas_backup"), copy: "the backup at home" },
    "the copy at the vault": {
      ...{ ...at("home-copies"), copy: "the copy at the vault", lab: vault, server: "vault", writer },
      machine: "vault server",
      job: { lab: vault, server: "vault", id: "home" },
    },
    "the copy at the peer": {
      ...{ ...at("home-copies"), copy: "the copy at the peer", lab: peer, server: "backup", writer },
      machine: "peer server",
      job: { lab: peer, server: "backup", id: "home" },
    },
    "the append-only bucket": inBucket("the append-only bucket", "bucket", "s3-copies"),
    "the ordinary bucket": inBucket("the ordinary bucket", "ordinary", "s3-ordinary"),
    "the copy at the provider": {
      ...{ ...at("customers"), copy: "the copy at the provider", lab: provider, server: "vault", writer },
      machine: "provider server",
      job: { lab: home, server: "backup", id: "provider" },
    },
  };
}

/** Access key that the settings name for a bucket. */
function accessKeyOf({ places, sheet }: LabSite, name: keyof typeof BUCKETS): string {
  const { offsite } = labBuckets(places, sheet, declaredBuckets());
  return (offsite[name]!.bucket as { readonly accessKey: string }).accessKey;
}

/** The key for `make s3-clean`, with the rights that docs/how-to/s3.md gives it. */
function cleanerOf({ places }: LabSite): StolenKey {
  const names = Object.values(BUCKETS);
  const objects = ["GetObject", "GetObjectVersion", "PutObject", "DeleteObject", "DeleteObjectVersion"];
  const looks = [
    ...["ListBucket", "ListBucketVersions", "GetBucketVersioning", "GetLifecycleConfiguration"],
    "GetBucketObjectLockConfiguration",
  ];
  const allow = (actions: readonly string[], below: string) =>
    names.map((name) => ({
      Effect: "Allow",
      Action: actions.map((action) => `s3:${action}`),
      Resource: `arn:aws:s3:::${name}${below}`,
    }));
  const policy = { Statement: [...allow(objects, "/*"), ...allow(looks, "")] };
  return JSON.parse(askLab(places, "s3-user", "cleaner", JSON.stringify(policy))) as StolenKey;
}

/** The program's own login on the nodes, with the rights that `make enrol` gives it and no other. */
async function programLogin({ sheet }: LabSite): Promise<string> {
  const pve = pveOf(sheet, NODE);
  const ask = (method: "POST" | "PUT", path: string, parameters: Record<string, string | boolean>) =>
    pve.ask(z.looseObject({ value: z.string().optional() }).nullable(), { method, path, parameters });
  try {
    await ask("POST", "/access/roles", { roleid: "Program", privs: pvePrivileges("apply").join(",") });
    await ask("POST", "/access/users", { userid: "pulumi@pve" });
    await ask("PUT", "/access/acl", { path: "/", users: "pulumi@pve", roles: "Program" });
    const made = await ask("POST", "/access/users/pulumi@pve/token/program", { privsep: false });
    return `pulumi@pve!program=${made?.value ?? ""}`;
  } finally {
    await pve.close();
  }
}
