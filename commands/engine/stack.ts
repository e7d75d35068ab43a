import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { type AnySettings } from "../../estate/any-settings";
import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Settings } from "../../estate/settings";
import { type VaultSettings } from "../../estate/vault-settings";
import { silentNodes } from "../answering-node";
import { knowPassphrase } from "../passphrase";
import { runPulumi, type PulumiOptions, type PulumiRan } from "../pulumi-command";
import { readAnyStackFile, readStackFile, REPOSITORY } from "../stack-file";
import { trustedBundle } from "../trust";

/** What a run of the Pulumi command printed and how it ended. */
export type Ran = PulumiRan;

/** How the Pulumi command is run. */
export interface RunOptions extends Pick<PulumiOptions, "input" | "shown"> {
  /** Variables for this run alone. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A stack of any role: of a site, of a vault, or of guests on somebody else's node. */
export type AnyStack = Stack<AnySettings>;

/** Whether it is the stack of a site. */
export function isSite(stack: AnyStack): stack is Stack {
  return stack.settings.role === "site";
}

/** Whether it is a stack of guests on somebody else's node, or on one that is made for them. */
export function isDrHost(stack: AnyStack): stack is Stack<DrHostSettings> {
  return stack.settings.role === "dr-host" || stack.settings.role === "dr-cloud";
}

/** Whether it is the stack of a vault. */
export function isVault(stack: AnyStack): stack is Stack<VaultSettings> {
  return stack.settings.role === "vault";
}

/** One stack of the project, and the engine that runs it. */
export interface Stack<S extends AnySettings = Settings> {
  /** Name, `home` for Pulumi.home.yaml. */
  readonly name: string;
  /** Absolute path of the settings file. */
  readonly settingsFile: string;
  /** The settings in it. */
  readonly settings: S;
  /** Absolute path of the folder of its site. */
  readonly siteFolder: string;
  /** The node that is asked in the place of the first one, which does not answer; undefined as long as it does. */
  readonly standIn: () => Promise<string | undefined>;
  /** Nodes of the settings that do not answer now; asked once a run. */
  readonly silentNodes: () => Promise<readonly string[]>;
  /** Runs a verb of `pulumi` on the stack: `preview`, `up`, `refresh`, `destroy`, `stack export`. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
}

/**
 * The stack of a settings file. The engine gets the state backend of the settings and the site's certificate authority, unless the
 * environment says otherwise.
 * @param name Its name, where it is another one with the same settings. @default - as the file says
 * @throws {InvalidSite} Naming all that is wrong with the settings.
 */
export function openStack(file: string, name = stackName(resolve(file))): Stack {
  return stackOf(file, name, readStackFile);
}

/** The same for a stack of any role. @throws {InvalidSite} Naming all that is wrong with the settings. */
export function openAnyStack(file: string, name = stackName(resolve(file))): AnyStack {
  return stackOf(file, name, readAnyStackFile);
}

function stackOf<S extends AnySettings>(file: string, name: string, read: (settingsFile: string) => S): Stack<S> {
  const settingsFile = resolve(file);
  const settings = read(settingsFile);
  const env = environment(name, settings);
  const silent = once(() => silentNodesOf(settings));
  const standIn = once(() => standInOf(settings, silent));
  const where = ["--stack", name, "--config-file", settingsFile];
  return {
    name,
    settingsFile,
    settings,
    siteFolder: resolve(REPOSITORY, settings.site),
    standIn,
    silentNodes: silent,
    run: async (args, { variables, ...options } = {}) => {
      await knowPassphrase(settingsFile);
      const node = takesFile(args) ? await standIn() : undefined;
      const all = [...args, ...(node === undefined ? [] : askedThrough(args))];
      const words = [...all, ...(takesFile(args) ? where : where.slice(0, 2)), "--non-interactive"];
      const asked = node === undefined ? {} : { TAPPAAS_PVE_NODE: node };
      // What was typed for the passphrase is in the environment only now.
      const given = { ...process.env, ...env, ...asked, ...variables };
      const ran = await runPulumi(words, { ...options, cwd: REPOSITORY, env: given });
      if (!asksWithFormerLogin(words, ran)) return ran;
      return runPulumi([...words, ...WITH_PROGRAM], { ...options, cwd: REPOSITORY, env: given });
    },
  };
}

/** Name of the stack with that settings file. @throws {Error} When it is none. */
export function stackName(settingsFile: string): string {
  const name = /^Pulumi\.(.+)\.yaml$/.exec(basename(settingsFile))?.[1];
  if (name === undefined)
    throw new Error(`${settingsFile} is no stack's settings file.\nCure: name it Pulumi.<stack>.yaml.`);
  if (existsSync(settingsFile)) return name;
  throw new Error(`There is no ${settingsFile}.\nCure: make init SITE=${name}, or name another with STACK=.`);
}

/** Nobody is asked in the place of a node that stands alone. */
async function standInOf(
  settings: AnySettings,
  silentNodes: () => Promise<readonly string[]>,
): Promise<string | undefined> {
  if (settings.role !== "site") return undefined;
  const [first = "", ...others] = Object.keys(settings.nodes);
  const silent = await silentNodes();
  return silent.includes(first) ? others.find((node) => !silent.includes(node)) : undefined;
}

async function silentNodesOf(settings: AnySettings): Promise<readonly string[]> {
  if (settings.role !== "site" || Object.keys(settings.nodes).length < 2) return [];
  return silentNodes(settings.nodes);
}

const WITH_PROGRAM = ["--run-program"];

/** Without the program, a refresh would ask whom the last run asked. */
function askedThrough(args: readonly string[]): readonly string[] {
  return goesByState(args) ? WITH_PROGRAM : [];
}

/** Verbs that ask the site as the state says, and not as the settings say now. */
function goesByState([verb]: readonly string[]): boolean {
  return verb === "refresh" || verb === "destroy";
}

/** Whether the login of the last run was refused: the settings may hold another since, which only the program hands on. */
function asksWithFormerLogin(words: readonly string[], { code, stdout, stderr }: Ran): boolean {
  return code !== 0 && goesByState(words) && !words.includes("--run-program") && /\b401\b/.test(`${stdout}${stderr}`);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => (begun ??= work());
}

/** Verbs that work on the state alone know no settings file. */
function takesFile([verb]: readonly string[]): boolean {
  return verb !== "stack" && verb !== "state" && verb !== "cancel";
}

function environment(name: string, settings: AnySettings): NodeJS.ProcessEnv {
  const { state } = settings;
  const { caCertificate } = settings;
  const { PULUMI_BACKEND_URL, SSL_CERT_FILE } = process.env;
  return {
    ...(PULUMI_BACKEND_URL === undefined && state.backend !== undefined && { PULUMI_BACKEND_URL: state.backend }),
    ...(caCertificate !== undefined && { SSL_CERT_FILE: trust(name, caCertificate, SSL_CERT_FILE) }),
  };
}

/** The bundle of certificates that plugins trust; made anew at each run, because the system's list changes. */
function trust(name: string, caCertificate: string, own: string | undefined): string {
  const folder = join(REPOSITORY, ".trust");
  mkdirSync(folder, { recursive: true });
  return trustedBundle(caCertificate, own, join(folder, `${name}.pem`));
}
