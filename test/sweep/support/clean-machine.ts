import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";

import { REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";

/** What every Linux has, and tar and git; no node, no npm, no pulumi, no make. */
const PROGRAMS = [
  ...["sh", "env", "cat", "cp", "mv", "rm", "mkdir", "touch", "dirname", "ls", "sha256sum", "chmod", "pwd"],
  ...["tar", "git"],
];

/** A machine on which nothing is but the usual small programs, with a site's bundle on it. */
export class CleanMachine {
  /** What lies on it. */
  readonly folder: string;
  /** The bundle, opened. */
  readonly bundle: string;

  constructor(
    within: string,
    private readonly site: LabSite,
  ) {
    this.folder = join(within, "clean");
    this.bundle = join(this.folder, `tappaas-bundle-${site.stack.program.stack}`);
    mkdirSync(join(this.folder, "bin"), { recursive: true });
    mkdirSync(join(this.folder, "home"));
    for (const name of PROGRAMS) symlinkSync(whereIs(name), join(this.folder, "bin", name));
  }

  /** How its commands name the site. */
  get which(): string {
    return `--settings ${relative(REPOSITORY, this.site.places.stackFile)}`;
  }

  /** A shell of it; `apart` takes every network from it, loopback too. */
  shell(script: string, { apart = false, env = {} }: Shell = {}): SpawnSyncReturns<string> {
    const words = ["/bin/sh", "-ec", script];
    const all = apart ? ["unshare", "--map-root-user", "--net", ...words] : words;
    const given = { PATH: join(this.folder, "bin"), HOME: join(this.folder, "home"), ...env };
    const [program = "", ...args] = all;
    const path = apart ? whereIs("unshare") : program;
    return spawnSync(path, args, { cwd: this.folder, env: given, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  }

  /** A command in the opened bundle, with the passphrase beside it. */
  inBundle(command: string, options: Shell = {}): SpawnSyncReturns<string> {
    const passphrase = `export PULUMI_CONFIG_PASSPHRASE_FILE=${this.site.places.passphraseFile}`;
    return this.shell(`cd ${this.bundle} && . ./environment && cd resilience && ${passphrase} && ${command}`, options);
  }
}

interface Shell {
  readonly apart?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

function whereIs(name: string): string {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  const path = stdout.trim();
  return path.startsWith("/") ? path : `/usr/bin/${name}`;
}
