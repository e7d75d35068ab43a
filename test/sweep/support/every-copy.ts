import { labBuckets } from "../../../tools/lab-site/buckets";
import { startLab, type LabSheet } from "../../../tools/lab-site/lab";
import { placesOf, REPOSITORY, type Places } from "../../../tools/lab-site/places";
import { observeLabSite, type LabSite, type Standing } from "../../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK, type LabSource } from "../../../tools/lab-site/vault";
import { changeSettings, run, setSecret } from "../../engine/support/commands";
import { forgetLabSite, freshLabSite, pbsOf, runBackups, up } from "../../engine/support/lab-site";

const CUSTOMER = "customer@pbs";

/** A lab as it stands: what it publishes, and where it lies. */
export interface Lab {
  readonly sheet: LabSheet;
  readonly places: Places;
}

/** Who takes part: each is a lab of its own. */
export type Part = "home" | "vault" | "peer" | "provider";

/** What these labs are called, and where they listen. */
export interface Cast {
  /** Beginning of the labs' names. */
  readonly name: string;
  /** First three numbers of each lab's addresses. */
  readonly prefixes: Readonly<Record<Part, string>>;
  /** Which reference site home is, and how it stands. */
  readonly standing?: Standing;
}

/** A home with every kind of copy elsewhere, and those who keep them. */
export interface EveryCopy {
  readonly home: LabSite;
  readonly vault: LabSite;
  readonly peer: LabSite;
  readonly provider: Lab;
  /** Logins with which others fetch from home. */
  readonly readers: Readonly<Record<"vault" | "peer", LabSource>>;
}

/**
 * Brings all of them up, each from its own stack, with a night of backups at home and no copy yet.
 * @param prepare What home has besides, before its first run.
 */
export async function everyCopy(cast: Cast, prepare?: (home: LabSite) => Promise<void>): Promise<EveryCopy> {
  const { name, prefixes, standing } = cast;
  forgetEveryCopy(cast);
  const peer = await freshLabSite(`${name}-peer`, prefixes.peer);
  const home = await freshLabSite(`${name}-home`, prefixes.home, standing);
  const provider = await providerLab(cast);
  const secret = await customerOf(provider);
  await prepare?.(home);
  if (standing?.day !== undefined && (await observeLabSite(home, true)) !== 0) throw new Error("the site was not seen");
  await declareCopies(home, provider, secret, await readerOn(peer));
  await up(home);
  runBackups(home);
  const readers = {
    vault: (await copyReaderOf(home, "vault@pbs"))!,
    peer: (await copyReaderOf(home, "peer@pbs"))!,
  };
  const vault = await prepareLabVault(`${name}-vault`, prefixes.vault, { home: readers.vault });
  const upped = await run(vault, "up", "--yes");
  if (upped.code !== 0) throw new Error(upped.stdout + upped.stderr);
  await keepCopiesOf(peer, "home", readers.peer);
  await up(peer);
  return { home, vault, peer, provider, readers };
}

/** Stops all of them and removes what they were. */
export function forgetEveryCopy({ name, standing }: Pick<Cast, "name" | "standing">): void {
  forgetLabSite(`${name}-home`, placesOf(`${name}-home`, standing?.program?.stack));
  for (const part of ["peer", "provider"]) forgetLabSite(`${name}-${part}`);
  forgetLabSite(`${name}-vault`, placesOf(`${name}-vault`, VAULT_STACK));
}

/** Buckets of the site's settings, by copy. */
export const BUCKETS = { bucket: "home-append-only", ordinary: "home-ordinary" } as const;

/** Those buckets as settings name them; the lab's own place is written over the example's. */
export function declaredBuckets() {
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

async function providerLab({ name, prefixes }: Cast): Promise<Lab> {
  const places = placesOf(`${name}-provider`);
  const sheet = await startLab(places, `${REPOSITORY}/lab/sites/offsite.json`, prefixes.provider);
  return { places, sheet };
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
