import { spawn, spawnSync } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type Places, REPOSITORY } from "./places";

/** A PVE node of the lab, as its sheet names it. */
export interface LabNode {
  /** Loopback address. */
  readonly address: string;
  /** Base of its API, with port. */
  readonly api: string;
  /** Logins made at the lab's first start. */
  readonly logins: {
    readonly "root@pam": { readonly password: string };
    readonly token: { id: string; secret: string };
  };
  /** Its SSH. */
  readonly ssh: { host: string; port: number; user: string; hostKey: string; privateKeyFile: string };
}

/** The PBS of the lab, as its sheet names it. */
export interface LabBackupServer {
  /** Loopback address. */
  readonly address: string;
  /** Base of its API, with port. */
  readonly api: string;
  /** SHA-256 fingerprint of its certificate. */
  readonly fingerprint: string;
  /** Logins made at the lab's first start. */
  readonly logins: {
    readonly "root@pam": { readonly password: string };
    readonly token: { id: string; secret: string };
  };
  /** Its SSH. */
  readonly ssh: LabNode["ssh"];
}

/** What the lab publishes about itself: everything an owner would know of a site of their own. */
export interface LabSheet {
  /** File with the certificate of the CA that signed the nodes' certificates. */
  readonly ca: string;
  /** First three numbers of all its addresses. */
  readonly prefix: string;
  /** By node name. */
  readonly nodes: Readonly<Record<string, LabNode>>;
  /** By server name. */
  readonly pbs: Readonly<Record<string, LabBackupServer>>;
  /** The account at Cloudflare, where the site has one. */
  readonly cloudflare?: {
    readonly api: string;
    readonly accountId: string;
    readonly zones: Readonly<Record<string, string>>;
    readonly apiToken: string;
  };
  /** The S3 provider, where the site has one. */
  readonly s3?: LabS3;
  /** The account with AWS, where the site has one. */
  readonly aws?: LabS3;
}

/** An S3 provider of the lab, or its account with AWS, as its sheet names it. */
export interface LabS3 {
  /** Loopback address. */
  readonly address: string;
  /** Port of its API. */
  readonly port: number;
  /** Region of all buckets. */
  readonly region: string;
  /** SHA-256 fingerprint of its certificate. */
  readonly fingerprint: string;
  /** Key of the account's owner. */
  readonly owner: { readonly accessKey: string; readonly secretKey: string };
}

/** Environment of the lab's own commands. */
const ENVIRONMENT = { ...process.env, FORCE_COLOR: "0" };

/** Verbs that load what a whole lab needs. */
const LOADING: readonly string[] = ["serve", "describe", "reinstall"];

/** Arguments that start node with a verb of the lab's program; the others only ask the one that runs, and start in half the time. */
function nodeArguments(places: Places, verb: string, ...rest: string[]): string[] {
  const loader = LOADING.includes(verb) ? "--import=tsx" : "--require=tsx/cjs";
  return [loader, join(REPOSITORY, "lab/main.ts"), verb, "--state", places.lab, ...rest];
}

/** Runs a verb of the lab's own command and returns what it printed. */
export function askLab(places: Places, verb: string, ...rest: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, nodeArguments(places, verb, ...rest), {
    cwd: REPOSITORY,
    encoding: "utf8",
    env: ENVIRONMENT,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`lab ${verb} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/**
 * Starts the lab in the background unless it runs, and waits until it answers.
 * @param day What the site is on its first day, a file. @default - the reference site of one node
 * @param usual First three numbers of its addresses, unless LAB_PREFIX says others.
 */
export async function startLab(places: Places, day?: string, usual = "127.0.0"): Promise<LabSheet> {
  if (!isRunning(places)) {
    if (day !== undefined) makeEmulatorReady(day);
    const log = openSync(join(places.root, "lab.log"), "a", 0o600);
    const prefix = process.env["LAB_PREFIX"] ?? usual;
    const site = day === undefined ? [] : ["--site", day];
    const child = spawn(process.execPath, nodeArguments(places, "serve", "--prefix", prefix, ...site), {
      cwd: REPOSITORY,
      detached: true,
      stdio: ["ignore", log, log],
      env: ENVIRONMENT,
    });
    child.unref();
    await waitUntilReady(places);
  }
  return readSheet(places);
}

/** A site with an account at AWS stands on an emulator, whose installation takes longer than a start may. */
function makeEmulatorReady(day: string): void {
  if ((JSON.parse(readFileSync(day, "utf8")) as { aws?: object }).aws === undefined) return;
  const args = ["--import=tsx", join(REPOSITORY, "lab/aws/install.ts")];
  const { status } = spawnSync(process.execPath, args, { cwd: REPOSITORY, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("The lab has no account with AWS; what is missing stands above.");
}

/** Stops the lab if it runs, and waits until it has; what it holds stays. */
export function stopLab(places: Places): void {
  if (!isRunning(places)) return;
  askLab(places, "stop");
  const end = Date.now() + STOP_LIMIT_MS;
  while (isRunning(places)) if (Date.now() > end) throw new Error(`The lab in ${places.lab} does not stop.`);
}

const STOP_LIMIT_MS = 30_000;

/** What the lab published when it last became ready. */
export function readSheet(places: Places): LabSheet {
  return JSON.parse(readFileSync(join(places.lab, "sheet.json"), "utf8")) as LabSheet;
}

/** A lab that starts takes the sheet of its last run away before it answers: who asked it meanwhile looks once more. */
function isRunning(places: Places): boolean {
  const sheet = join(places.lab, "sheet.json");
  const asked = { cwd: REPOSITORY, env: ENVIRONMENT };
  return (
    existsSync(sheet) &&
    spawnSync(process.execPath, nodeArguments(places, "status"), asked).status === 0 &&
    existsSync(sheet)
  );
}

/** The emulator of AWS alone may take a minute on a machine that is busy. */
const START_LIMIT_MS = 90_000;

async function waitUntilReady(places: Places): Promise<void> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    if (isRunning(places)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const log = readFileSync(join(places.root, "lab.log"), "utf8").split("\n").slice(-15).join("\n");
  throw new Error(`The lab did not start within ${START_LIMIT_MS / 1000} s. The end of its log:\n${log}`);
}
