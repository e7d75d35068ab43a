import { spawnSync } from "node:child_process";

/** Oldest Go that builds the modules, as their go.mod says. */
const LEAST = { major: 1, minor: 26 } as const;

/** What an engine is built with is not on this machine; the message has the cure. */
export class MissingToolError extends Error {}

/**
 * What `go version` prints, such as `go version go1.26.8 linux/amd64`.
 * @throws {MissingToolError} When there is no Go or one that is too old.
 */
export function goCompiler(env: NodeJS.ProcessEnv = process.env): string {
  const { stdout, status } = spawnSync("go", ["version"], { encoding: "utf8", env });
  const version = status === 0 ? stdout.trim() : "";
  const problem = goProblem(version);
  if (problem === undefined) return version;
  throw new MissingToolError(
    `${problem}\n` +
      "  Cure: install it from https://go.dev/dl, or install pulumi 3.252 or newer and its plugin with\n" +
      "        pulumi plugin install resource proxmoxve 8.6.0 --server github://api.github.com/muhlba91/pulumi-proxmoxve",
  );
}

/** What is wrong with the compiler that calls itself `version`, empty when there is none; undefined when it will do. */
export function goProblem(version: string): string | undefined {
  const { major, minor } = /\bgo(?<major>\d+)\.(?<minor>\d+)/.exec(version)?.groups ?? {};
  const newEnough = Number(major) > LEAST.major || (Number(major) === LEAST.major && Number(minor) >= LEAST.minor);
  if (newEnough) return undefined;
  const found = major === undefined ? "none was found" : `this is ${major}.${minor ?? ""}`;
  return `Missing: Go ${LEAST.major}.${LEAST.minor} or newer (${found}), to build the Pulumi engine.`;
}
