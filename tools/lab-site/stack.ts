import { createHash, randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { parse, stringify } from "yaml";

import { ensureEngine, engineEnvironment, furnishLabHome } from "../engine/engine";
import { type LabSheet } from "./lab";
import { type Places, REPOSITORY } from "./places";
import { runProgram, type Ran, type RunOptions } from "./run";

/** Name of the stack, and of the settings file it is a copy of. */
const STACK = "single-node";

const PROJECT = "tappaas-resilience";

/** How one run differs from the next. */
export type Options = Partial<RunOptions>;

/** A way to run the real engine on one lab site. */
export interface LabStack {
  /** Runs `pulumi` as it is; what it prints is shown as it comes unless `quiet`. */
  readonly pulumi: (args: readonly string[], options?: Options) => Promise<Ran>;
  /** Runs a verb of `pulumi` on the lab's stack with the lab's settings file: `up`, `preview`, `refresh`, `destroy`, `config`. */
  readonly onStack: (args: readonly string[], options?: Options) => Promise<Ran>;
  /** Runs one of the project's commands. */
  readonly command: (args: readonly string[], options?: Options) => Promise<Ran>;
  /** Environment of them all. */
  readonly env: NodeJS.ProcessEnv;
}

/** The engine on a lab site, with everything that it needs there: home, plugins, state, passphrase. */
export async function labStack(places: Places): Promise<LabStack> {
  const engine = await ensureEngine();
  furnishLabHome(engine, places.home);
  if (!existsSync(places.passphraseFile)) {
    writeFileSync(places.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  const env = { ...withoutLogins(process.env), ...engineEnvironment(engine, places), SSL_CERT_FILE: places.trustFile };
  const run = (program: string, args: readonly string[], options: Options = {}) =>
    runProgram(program, args, { ...options, env: { ...env, ...options.env } });
  const where = ["--stack", STACK, "--config-file", places.stackFile];
  return {
    env,
    pulumi: (args, options) => run("pulumi", args, options),
    onStack: (args, options) => run("pulumi", [...args, ...where], options),
    command: (args, options) =>
      run(process.execPath, ["--import=tsx", join(REPOSITORY, "commands/main.ts"), ...args], options),
  };
}

/** What a person's environment may hold that leads to a real site, or to real secrets; nothing of it belongs into the lab. */
const LOGINS = /^(?:PROXMOX_VE_|PULUMI_|SSH_AUTH_SOCK$|PVE_|PBS_|AWS_|CLOUDFLARE_)/;

function withoutLogins(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !LOGINS.test(name)));
}

/**
 * Copies the reference site and its settings, and writes into the copy what only this lab can say: addresses, host keys,
 * fingerprints, the site's CA, logins.
 */
export async function writeLabStack(places: Places, sheet: LabSheet, stack: LabStack, keyFingerprint: string) {
  copySite(places);
  const settings = labSettings(places, sheet, keyFingerprint);
  const mark = createHash("sha256")
    .update(JSON.stringify([settings, sheet]))
    .digest("hex");
  const markFile = join(places.root, "written");
  const written = existsSync(markFile) && readFileSync(markFile, "utf8") === mark;
  if (
    written &&
    existsSync(places.stackFile) &&
    existsSync(places.trustFile) &&
    existsSync(join(places.backend, ".pulumi", "stacks"))
  )
    return;
  await initialise(places, stack);
  await writeConfig(places, sheet, stack, settings);
  await writeTrust(places, stack);
  writeFileSync(markFile, mark);
}

/** Everything of the reference site but what the lab's own observation says. */
function copySite({ site }: Places): void {
  mkdirSync(site, { recursive: true });
  rmSync(join(site, "modules"), { recursive: true, force: true });
  cpSync(join(REPOSITORY, "sites", STACK), site, {
    recursive: true,
    filter: (source) => !source.endsWith("observed.json"),
  });
}

interface StackFile {
  readonly config: Record<string, unknown>;
}

function referenceStack(): StackFile {
  return parse(readFileSync(join(REPOSITORY, `Pulumi.${STACK}.yaml`), "utf8")) as StackFile;
}

interface NodeSettings {
  readonly ssh: Record<string, unknown>;
}

interface ReferenceSettings {
  readonly nodes: Record<string, NodeSettings>;
  readonly backupServer: Record<string, unknown>;
}

/** The reference settings at the lab's addresses. */
function labSettings(places: Places, sheet: LabSheet, keyFingerprint: string) {
  const reference = referenceStack().config[`${PROJECT}:settings`] as ReferenceSettings;
  const nodes = Object.entries(reference.nodes).map(([name, node]) => {
    const machine = sheet.nodes[name];
    if (machine === undefined) throw new Error(`The lab has no node "${name}" of Pulumi.${STACK}.yaml.`);
    const { host, port, user, hostKey } = machine.ssh;
    return [name, { ...node, api: machine.api, ssh: { ...node.ssh, host, port, user, hostKey } }];
  });
  const [server] = Object.values(sheet.pbs);
  if (server === undefined) throw new Error("The lab has no Proxmox Backup Server.");
  return {
    ...reference,
    site: relative(REPOSITORY, places.site),
    caCertificate: readFileSync(sheet.ca, "utf8"),
    nodes: Object.fromEntries(nodes) as Record<string, unknown>,
    backupServer: { ...reference.backupServer, address: server.address, fingerprint: server.fingerprint },
    key: { fingerprint: keyFingerprint, file: places.keyFile, identityFile: places.identityFile },
  };
}

/**
 * Makes the stack from the lab site's own folder: the engine writes the salt of its secrets beside the Pulumi.yaml that it finds,
 * and the reference file of the repository is nobody's to write.
 */
async function initialise({ root }: Places, stack: LabStack): Promise<void> {
  const project = join(root, "Pulumi.yaml");
  writeFileSync(project, `name: ${PROJECT}\nruntime: nodejs\n`);
  try {
    const known = await stack.pulumi(["stack", "ls", "--json"], { quiet: true, cwd: root });
    if (known.stdout.includes(`"${STACK}"`)) return;
    const made = await stack.pulumi(["stack", "init", STACK], { quiet: true, cwd: root });
    if (made.code !== 0) throw new Error(`The lab's stack could not be made: ${made.stderr}`);
  } finally {
    rmSync(project);
  }
}

/** Plain settings as YAML, secrets through the engine, which encrypts them. */
async function writeConfig(places: Places, sheet: LabSheet, stack: LabStack, settings: unknown): Promise<void> {
  const old = existsSync(places.stackFile)
    ? (parse(readFileSync(places.stackFile, "utf8")) as Record<string, unknown> | null)
    : {};
  const { encryptionsalt } = old ?? {};
  const file = {
    ...(encryptionsalt !== undefined && { encryptionsalt }),
    config: { [`${PROJECT}:settings`]: settings },
  };
  writeFileSync(places.stackFile, stringify(file), { mode: 0o600 });
  const [node] = Object.values(sheet.nodes);
  const [server] = Object.values(sheet.pbs);
  if (node === undefined || server === undefined) throw new Error("The lab's sheet names no node or no server.");
  const secrets = {
    pveApiToken: `${node.logins.token.id}=${node.logins.token.secret}`,
    pbsToken: `${server.logins.token.id}:${server.logins.token.secret}`,
    sshPrivateKey: readFileSync(node.ssh.privateKeyFile, "utf8"),
  };
  for (const [key, value] of Object.entries(secrets)) {
    const set = await stack.onStack(["config", "set", "--secret", key], { quiet: true, input: value });
    if (set.code !== 0) throw new Error(`The lab's settings could not be written: ${set.stderr}`);
  }
}

/** Certificates that the engine's plugins trust, as an owner makes them: by the project's own command. */
async function writeTrust({ stackFile, trustFile }: Places, stack: LabStack): Promise<void> {
  const { code, stderr } = await stack.command(["trust", "--settings", stackFile, "--out", trustFile], { quiet: true });
  if (code !== 0) throw new Error(`The certificates could not be written: ${stderr.trim()}`);
}
