import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { parseBucketStackSettings, type BucketStackSettings } from "../estate/bucket-stack-settings";
import { MACHINE_FILE, parseCloudMachineRecord, type CloudMachineRecord } from "../estate/cloud-machine-record";
import { parseDrHostSettings, type DrHostSettings } from "../estate/dr-host-settings";
import { parseRebuildPlan, REBUILD_FILE, type RebuildPlan } from "../estate/rebuild-plan";
import { estateOf, type Estate, type EstateNode } from "../estate/estate";
import { type AlertAddresses } from "./alerts";
import { type BucketSecrets } from "./bucket-args";
import { bucketSecretKey, formerSecretKey } from "../estate/bucket-settings";
import { copyBucketsOf } from "../estate/copy-buckets";
import { bucketCopiesOf, type BucketCopySettings } from "../estate/offsite-settings";
import { InvalidSite, type Parsed } from "../estate/problem";
import { parseSettings, type Settings } from "../estate/settings";
import { roleOf } from "../estate/roles";
import { parseServingRecord, SERVING_FILE, type ServingRecord } from "../estate/serving-record";
import { readDecisions, readSiteFolder, type Decisions } from "../estate/site-folder";
import { vaultOf, type Vault } from "../estate/vault";
import { recordKeys } from "../estate/return-guard";
import { writerKey, type HostedPlan } from "../estate/hosted-settings";
import { wantsDataset } from "../estate/copy-sources";
import { copySourcesOf, readerKey, type CopySource } from "../estate/copy-source-settings";
import { foreignLogins, parseVaultSettings } from "../estate/vault-settings";
import { holdsCertificate } from "../estate/units/pem";
import { asWritten } from "../estate/units/written-moment";

/** Everything a stack is run with, whichever role it has. */
export type AnyConfiguration = Configuration | VaultConfiguration | BucketStackConfiguration | DrHostConfiguration;

/** Everything the stack of guests on somebody else's node is run with. */
export interface DrHostConfiguration {
  /** What the stack is. */
  readonly role: "dr-host";
  /** Its settings. */
  readonly settings: DrHostSettings;
  /** Guests that serve there, or are to. */
  readonly serving: ServingRecord;
  /** What its owner decided about objects that exist. */
  readonly decisions: Decisions;
  /** Login that the host's owner gave; undefined as long as there is no host. */
  readonly pveApiToken: pulumi.Output<string> | undefined;
  /** Secret of the login that writes the nightly backups; undefined as long as nothing serves. */
  readonly nightlySecret: pulumi.Output<string> | undefined;
  /** The machine at AWS to which somebody agreed. */
  readonly machine: CloudMachineRecord | undefined;
  /** Secret of the key of who makes it; undefined where AWS' own tools know the login. */
  readonly awsSecretKey: pulumi.Output<string> | undefined;
  /** Fingerprint of the key of the site whose guests they are. */
  readonly keyFingerprint: string;
  /** Files in which that key lies. */
  readonly keyFiles: Configuration["keyFiles"];
  /** Whether this run only reports what it would adopt. */
  readonly reportOnly: boolean;
  /** What is restored, when this run rebuilds: `make rebuild` asks for it by the environment. */
  readonly rebuild: RebuildPlan | undefined;
}

/** Secrets with which other sites are read, by the name that each has here. */
type CopyReaders = Readonly<Record<string, pulumi.Output<string>>>;

/** Secrets of the keys of buckets, by the name of what lies in each. */
export type BucketKeys = Readonly<Record<string, BucketSecrets>>;

/** Everything the stack of a bucket is run with. */
export interface BucketStackConfiguration {
  /** What the stack is. */
  readonly role: "bucket";
  /** Its settings. */
  readonly settings: BucketStackSettings;
  /** Secret of the key of who makes it; undefined where AWS' own tools know the login. */
  readonly secretKey: pulumi.Output<string> | undefined;
}

/** Everything the stack of a vault is run with. */
export interface VaultConfiguration {
  /** What the stack is. */
  readonly role: "vault";
  /** The vault as it is to be. */
  readonly vault: Vault;
  /** What its owner decided about objects that exist. */
  readonly decisions: Decisions;
  /** Login of the program on the vault's server; undefined as long as that is to be enrolled. */
  readonly pbsToken: pulumi.Output<string> | undefined;
  /** Secret of the key of who makes the machine; undefined without one, and where AWS' own tools know the login. */
  readonly awsSecretKey?: pulumi.Output<string> | undefined;
  /** Secret of each source's token, by the name of the source. */
  readonly readers: CopyReaders;
  /** Secrets of the keys of buckets in which copies lie, by the name of the source. */
  readonly buckets: BucketKeys;
  /** Key with which the server's machine lets the program in; undefined without links. */
  readonly sshPrivateKey: pulumi.Output<string> | undefined;
  /** Whether this run only reports what it would adopt. */
  readonly reportOnly: boolean;
}

/** Everything the stack of a site is run with. */
export interface Configuration {
  /** What the stack is. */
  readonly role: "site";
  /** The site as it is to be. */
  readonly estate: Estate;
  /** What its owner decided about objects that exist. */
  readonly decisions: Decisions;
  /** When the site was last looked at, RFC 3339; undefined when nobody has. */
  readonly observedAt: string | undefined;
  /** Logins; each is an output from birth, so that it never stands in plain state. */
  readonly secrets: Readonly<Record<"pveApiToken" | "sshPrivateKey", pulumi.Output<string>>> & {
    /** Undefined where the program makes the server, and with it the login; on a node, unless there is one already. */
    readonly pbsToken: pulumi.Output<string> | undefined;
    /** Undefined without a tunnel. */
    readonly cloudflareApiToken: pulumi.Output<string> | undefined;
    /** Undefined where Cloudflare posts to nobody. */
    readonly tunnelAlertAddress: pulumi.Output<string> | undefined;
    /** Secrets of each bucket's keys, by the name of the copy or of the peer. */
    readonly buckets: BucketKeys;
  };
  /** Secret of each peer's token, by the name of the peer. */
  readonly readers: CopyReaders;
  /** Secret of the login with which the nodes read the site's record, by the name of the server that keeps it. */
  readonly recordReaders: CopyReaders;
  /** Secret with which backups are sent to each hosted server, by its name. */
  readonly writers: CopyReaders;
  /** Where messages go, as far as the stack says. */
  readonly alerts: AlertAddresses;
  /** Whom the clients trust. */
  readonly trust: { readonly caCertificate: string | undefined };
  /** Whether this run only reports what it would adopt: `make adopt` asks for it by the environment. */
  readonly reportOnly: boolean;
  /** Node by which the site is reached. The first one, unless the command that runs the program found that it does not answer. */
  readonly pveNode: EstateNode;
  /** What is restored, when this run rebuilds a lost site: `make rebuild` asks for it by the environment. */
  readonly rebuild: RebuildPlan | undefined;
  /** Files in which the encryption key lies. */
  readonly keyFiles: { readonly file: string; readonly identityFile: string };
}

/** The repository: settings name files from there. */
const REPOSITORY = resolve(__dirname, "..");

/**
 * Reads the stack's settings, secrets and site files once; nothing else in the program reads configuration.
 * @throws {pulumi.RunError} Naming every key and file that is missing, unknown or malformed, before anything is declared.
 */
export function readConfiguration(config = new pulumi.Config()): AnyConfiguration {
  const written = asWritten(config.requireObject("settings"));
  const role = roleOf(written);
  if (role === "vault") return readVault(config, written);
  if (role === "bucket") return readBucket(config, written);
  return role === "dr-host" || role === "dr-cloud" ? readDrHost(config, written) : readSite(config, written);
}

function readSite(config: pulumi.Config, written: unknown): Configuration {
  const settings = accepted(parseSettings(written), settingsFile());
  rejectForeignLogins(config, Object.keys(settings.peers));
  const { inventory, observation, decisions, replicationJobs } = accepted(
    readSiteFolder(resolve(REPOSITORY, settings.site)),
    settings.site,
  );
  const estate = accepted(
    estateOf({ inventory, settings, observation, replicationJobs }),
    `The site of ${settingsFile()}`,
  );
  const { caCertificate, key } = settings;
  rejectUntrusted(caCertificate);
  return {
    role: settings.role,
    estate,
    decisions,
    observedAt: observation?.takenAt,
    rebuild: rebuildIn(process.env["TAPPAAS_REBUILD"]),
    secrets: secretsOf(config, settings),
    readers: readersOf(config, estate.peers),
    writers: writersOf(config, estate.hosted),
    recordReaders: recordReadersOf(config, estate.returnGuard),
    alerts: {
      failures: config.getSecret("alertAddress"),
      heartbeat: config.getSecret("heartbeatAddress"),
      form: settings.alerts.form,
    },
    pveNode: pveNodeOf(estate, process.env["TAPPAAS_PVE_NODE"]),
    reportOnly: isReport(),
    trust: { caCertificate },
    keyFiles: { file: resolve(REPOSITORY, key.file), identityFile: resolve(REPOSITORY, key.identityFile) },
  };
}

function readBucket(config: pulumi.Config, written: unknown): BucketStackConfiguration {
  const settings = accepted(parseBucketStackSettings(written), settingsFile());
  const secretKey = settings.accessKey === undefined ? undefined : config.requireSecret("awsSecretKey");
  return { role: "bucket", settings, secretKey };
}

function readVault(config: pulumi.Config, written: unknown): VaultConfiguration {
  const settings = accepted(parseVaultSettings(written), settingsFile());
  const vault = accepted(vaultOf(settings), `The vault of ${settingsFile()}`);
  const decisions = accepted(readDecisions(resolve(REPOSITORY, settings.site)), settings.site);
  const isThere = vault.server !== undefined;
  const secrets = {
    pbsToken: isThere ? config.requireSecret("pbsToken") : undefined,
    readers: isThere ? readersOf(config, vault.sources) : {},
    buckets: isThere ? bucketKeysOf(config, [...copyBucketsOf(vault.sources), ...vault.holds]) : {},
    awsSecretKey: vault.machine?.accessKey === undefined ? undefined : config.requireSecret("awsSecretKey"),
  };
  const needsShell = isThere && (vault.links.length > 0 || vault.sources.some(wantsDataset));
  const sshPrivateKey = needsShell ? config.requireSecret("sshPrivateKey") : undefined;
  return { role: "vault", vault, decisions, ...secrets, sshPrivateKey, reportOnly: isReport() };
}

function readDrHost(config: pulumi.Config, written: unknown): DrHostConfiguration {
  const settings = accepted(parseDrHostSettings(written), settingsFile());
  const folder = resolve(REPOSITORY, settings.site);
  const { file, identityFile, fingerprint: keyFingerprint } = settings.key;
  return {
    ...{ role: "dr-host", settings, keyFingerprint },
    serving: servingIn(folder, settings.home),
    decisions: accepted(readDecisions(folder), settings.site),
    ...hostSecrets(config, settings),
    machine: machineIn(folder),
    keyFiles: { file: resolve(REPOSITORY, file), identityFile: resolve(REPOSITORY, identityFile) },
    reportOnly: isReport(),
    rebuild: rebuildIn(process.env["TAPPAAS_REBUILD"]),
  };
}

/** A machine at AWS is made before anybody has a login to it. */
function hostSecrets(config: pulumi.Config, { cloud }: DrHostSettings) {
  const read = (key: string) => (cloud === undefined ? config.requireSecret(key) : config.getSecret(key));
  return {
    pveApiToken: read("pveApiToken"),
    nightlySecret: read("nightlySecret"),
    awsSecretKey: cloud?.accessKey === undefined ? undefined : config.requireSecret("awsSecretKey"),
  };
}

function machineIn(folder: string): CloudMachineRecord | undefined {
  const file = resolve(folder, MACHINE_FILE);
  return existsSync(file) ? accepted(parseCloudMachineRecord(JSON.parse(readFileSync(file, "utf8"))), file) : undefined;
}

function servingIn(folder: string, home: string): ServingRecord {
  const file = resolve(folder, SERVING_FILE);
  if (!existsSync(file)) return { version: 1, home, guests: [] };
  return accepted(parseServingRecord(JSON.parse(readFileSync(file, "utf8"))), SERVING_FILE);
}

function readersOf(config: pulumi.Config, sources: readonly CopySource[]): CopyReaders {
  return Object.fromEntries(sources.map(({ name }) => [name, config.requireSecret(readerKey(name))]));
}

function writersOf(config: pulumi.Config, receivers: readonly HostedPlan[]): CopyReaders {
  return Object.fromEntries(receivers.map(({ name }) => [name, config.requireSecret(writerKey(name))]));
}

function recordReadersOf(config: pulumi.Config, guard: Estate["returnGuard"]): CopyReaders {
  const servers = guard?.places.filter(({ kind }) => kind === "pbs") ?? [];
  return Object.fromEntries(servers.map(({ name }) => [name, config.requireSecret(recordKeys(name).reader)]));
}

/**
 * A stack that holds the login of the vault beside the site's own is one theft for both. One that reads a peer's backups deletes none
 * of the copies that the peer keeps.
 */
function rejectForeignLogins(config: pulumi.Config, peers: readonly string[]): void {
  const own = `${config.name}:`;
  const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(own));
  const foreign = foreignLogins(
    keys.map((key) => key.slice(own.length)),
    peers,
  );
  if (foreign.length === 0) return;
  throw new pulumi.RunError(
    `${settingsFile()} holds ${foreign.join(", ")}: a login for another place does not belong into the stack of a site, for ` +
      "whoever takes the site over has it too.\nCure: `pulumi config rm` it here, and keep it in the vault's own stack.",
  );
}

function settingsFile(): string {
  return `Pulumi.${pulumi.getStack()}.yaml`;
}

function isReport(): boolean {
  return process.env["TAPPAAS_ADOPTION_REPORT"] === "1";
}

function pveNodeOf({ nodes }: Estate, named: string | undefined): EstateNode {
  const [first] = nodes;
  const node = named === undefined ? first : nodes.find(({ name }) => name === named);
  if (node !== undefined) return node;
  throw new pulumi.RunError(named === undefined ? "The settings name no node." : `The settings name no node ${named}.`);
}

function secretsOf(config: pulumi.Config, settings: Settings): Configuration["secrets"] {
  const { backupServer, tunnel } = settings;
  const copies = [...bucketCopiesOf(settings), ...copyBucketsOf(copySourcesOf(settings.peers))];
  return {
    buckets: bucketKeysOf(config, copies),
    pveApiToken: config.requireSecret("pveApiToken"),
    pbsToken: pbsTokenOf(config, backupServer),
    sshPrivateKey: config.requireSecret("sshPrivateKey"),
    cloudflareApiToken: tunnel === undefined ? undefined : config.requireSecret("cloudflareApiToken"),
    tunnelAlertAddress: tunnel?.alerts.webhook === true ? config.requireSecret("tunnelAlertAddress") : undefined,
  };
}

function bucketKeysOf(
  config: pulumi.Config,
  copies: readonly Pick<BucketCopySettings, "name" | "formerKey">[],
): BucketKeys {
  const secrets = copies.map(({ name, formerKey }): readonly [string, BucketSecrets] => {
    const secretKey = config.requireSecret(bucketSecretKey(name));
    const former = formerKey === undefined ? undefined : config.requireSecret(formerSecretKey(name));
    return [name, { secretKey, formerSecretKey: former }];
  });
  return Object.fromEntries(secrets);
}

function pbsTokenOf(config: pulumi.Config, { address, machine, onNode }: Settings["backupServer"]) {
  if (machine !== undefined || address === undefined) return undefined;
  return onNode === undefined ? config.requireSecret("pbsToken") : config.getSecret("pbsToken");
}

/**
 * The proxmoxve plugin knows only the certificates of the machine it runs on, and `insecure`, which is never the cure. Without
 * the site's CA among them it would fail in the middle of an update, by a message about x509.
 */
function rejectUntrusted(caCertificate: Settings["caCertificate"], env: NodeJS.ProcessEnv = process.env): void {
  if (caCertificate === undefined) return;
  const bundle = env["SSL_CERT_FILE"];
  const trusted = bundle !== undefined && existsSync(bundle) ? readFileSync(bundle, "utf8") : "";
  if (holdsCertificate(trusted, caCertificate)) return;
  const found = bundle === undefined ? "SSL_CERT_FILE is not set" : `${bundle} does not hold it`;
  throw new pulumi.RunError(
    `The certificate authority of this site is not trusted here: ${found}.\n` +
      "Cure: run `make up`, or make the bundle with `node --import=tsx commands/main.ts trust --settings <stack file> " +
      "--out trust.pem` and set SSL_CERT_FILE to it.",
  );
}

function rebuildIn(file: string | undefined): RebuildPlan | undefined {
  if (file === undefined) return undefined;
  return accepted(parseRebuildPlan(JSON.parse(readFileSync(file, "utf8"))), REBUILD_FILE);
}

function accepted<T>(parsed: Parsed<T>, subject: string): T {
  if (parsed.ok) return parsed.value;
  throw new pulumi.RunError(new InvalidSite(subject, parsed.problems).message);
}
