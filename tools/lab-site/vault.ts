import { readFileSync } from "node:fs";
import { join } from "node:path";
import { relative } from "node:path/posix";

import { startLab, type LabSheet } from "./lab";
import { placesOf, REPOSITORY } from "./places";
import { type LabSite } from "./prepare";
import { labStack, type Program } from "./stack";
import { PROJECT, writeConfig, writtenStack } from "./stack-settings";
import { copySite, initialise } from "./written-stack";

/** Name of the vault's stack. */
export const VAULT_STACK = "offsite";

/** Program of the vault: this checkout, with the settings of Pulumi.offsite.yaml. */
const PROGRAM: Program = { repository: REPOSITORY, stack: VAULT_STACK };

/** What a vault is told of a site: where its backup server is, and the login for the vault alone. */
export interface LabSource {
  /** The other site's backup server. */
  readonly address: string;
  /** SHA-256 of its certificate. */
  readonly fingerprint: string;
  /** Token with which it is read. */
  readonly authId: string;
  /** Its secret. */
  readonly secret: string;
}

/**
 * Makes the reference vault ready on a lab of its own: its machine, engine, passphrase and state are none of the site's.
 * @param name Folder of the lab site.
 * @param prefix First three numbers of its addresses.
 * @param sources Sites that it fetches from, by name; each has what the written settings say of `home` besides.
 */
export async function prepareLabVault(
  name: string,
  prefix: string,
  sources: Readonly<Record<string, LabSource>>,
): Promise<LabSite> {
  const places = placesOf(name, VAULT_STACK);
  const stack = await labStack(places, PROGRAM);
  const sheet = await startLab(places, join(REPOSITORY, "lab/sites", `${VAULT_STACK}.json`), prefix);
  const written = writtenStack(PROGRAM);
  copySite(places, PROGRAM, written);
  await initialise(places, stack);
  const settings = vaultSettings(written.config[`${PROJECT}:settings`], sheet, sources);
  const readers = Object.entries(sources).map(([source, { secret }]) => [`${source}Reader`, secret]);
  const sshPrivateKey = readFileSync(serverOf(sheet).ssh.privateKeyFile, "utf8");
  const logins = {
    pbsToken: tokenOf(sheet),
    sshPrivateKey,
    ...(Object.fromEntries(readers) as Record<string, string>),
  };
  await writeConfig(places, logins, stack, { ...settings, site: relative(REPOSITORY, places.site) }, written);
  return { places, sheet, stack };
}

/** The reference vault, beside the lab's reference site, from which it fetches. @throws {Error} When that site lets no vault read. */
export async function prepareReferenceVault(home: LabSite): Promise<LabSite> {
  const reader = await copyReaderOf(home, READER);
  if (reader !== undefined) return prepareLabVault(VAULT_STACK, "127.0.4", { home: reader });
  throw new Error(
    "The lab's site lets no vault read its backups yet.\n" +
      `Cure: write \`readers: [${READER}]\` under \`backup:\` in ${home.places.stackFile}, then make up, then this again.`,
  );
}

/** User with which the vault reads. */
const READER = "vault@pbs";

/** What a site's owner hands over: the login from the stack's output; undefined when there is none. */
export async function copyReaderOf({ stack, sheet }: LabSite, user: string): Promise<LabSource | undefined> {
  const output = ["stack", "output", "copyReaders", "--show-secrets", "--json", "--stack", stack.program.stack];
  const { code, stdout } = await stack.pulumi(output, { quiet: true });
  const login = code === 0 ? (JSON.parse(stdout) as Readonly<Record<string, Login>>)[user] : undefined;
  if (login === undefined) return undefined;
  const { address, fingerprint } = serverOf(sheet);
  return { address, fingerprint, ...login };
}

type Login = Pick<LabSource, "authId" | "secret">;

interface WrittenVault {
  readonly backupServer: Record<string, unknown>;
  readonly sources: { readonly home: Record<string, unknown> };
}

function vaultSettings(written: unknown, sheet: LabSheet, sources: Readonly<Record<string, LabSource>>) {
  const { backupServer, sources: examples, ...rest } = written as WrittenVault;
  const { address, fingerprint, ssh } = serverOf(sheet);
  const own = Object.entries(sources).map(([name, { address: at, fingerprint: certificate, authId }]) => {
    const place = { address: at, fingerprint: certificate, authId };
    const into = { datastore: `${name}-copies`, path: `/tankc1/${name}-copies` };
    return [name, { ...examples.home, ...place, into }] as const;
  });
  const { host, port, user, hostKey } = ssh;
  const server = { ...backupServer, address, fingerprint, ssh: { host, port, user, hostKey } };
  return { ...rest, backupServer: server, sources: Object.fromEntries(own) };
}

function serverOf(sheet: LabSheet) {
  const [server] = Object.values(sheet.pbs);
  if (server === undefined) throw new Error("The lab's sheet names no backup server.");
  return server;
}

function tokenOf(sheet: LabSheet): string {
  const { id, secret } = serverOf(sheet).logins.token;
  return `${id}:${secret}`;
}
