import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ensureEngine, engineEnvironment, furnishLabHome } from "../engine/engine";
import { type Places, REPOSITORY } from "./places";
import { runProgram, type Ran, type RunOptions } from "./run";

/** What is run on a lab site: a checkout of this project, and one of its stacks. */
export interface Program {
  /** Absolute path of the checkout. */
  readonly repository: string;
  /** Name of the stack, and of the settings file that the lab's is a copy of. */
  readonly stack: string;
}

/** The reference site of this checkout. */
const REFERENCE: Program = { repository: REPOSITORY, stack: "single-node" };

/** How one run differs from the next. */
export type Options = Partial<RunOptions>;

/** A way to run the real engine on one lab site. */
export interface LabStack {
  /** What is run. */
  readonly program: Program;
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
export async function labStack(places: Places, program: Program = REFERENCE): Promise<LabStack> {
  const engine = await ensureEngine();
  furnishLabHome(engine, places.home);
  if (!existsSync(places.passphraseFile)) {
    writeFileSync(places.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  const env = { ...withoutLogins(process.env), ...engineEnvironment(engine, places), SSL_CERT_FILE: places.trustFile };
  const { repository: cwd, stack } = program;
  const run = (command: string, args: readonly string[], options: Options = {}) =>
    runProgram(command, args, { cwd, ...options, env: { ...env, ...options.env } });
  const where = ["--stack", stack, "--config-file", places.stackFile];
  return {
    program,
    env,
    pulumi: (args, options) => run("pulumi", args, options),
    onStack: (args, options) => run("pulumi", [...args, ...where], options),
    command: (args, options) =>
      run(process.execPath, ["--import=tsx", join(cwd, "commands/main.ts"), ...args], options),
  };
}

/** What a person's environment may hold that leads to a real site, or to real secrets; nothing of it belongs into the lab. */
const LOGINS = /^(?:PROXMOX_VE_|PULUMI_|SSH_AUTH_SOCK$|PVE_|PBS_|AWS_|CLOUDFLARE_)/;

function withoutLogins(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !LOGINS.test(name)));
}
