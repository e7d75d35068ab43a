import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { NO_PROGRAM, type Engine } from "./engine";
import { failure, ok, warning, type Check, type Finding } from "./check";
import { REPOSITORY } from "../stack-file";

/** Before this version an in-program import could delete what it had taken over. */
const LEAST_PULUMI = "3.252.0";

/** Node.js that the packages ask for. */
export function nodeCheck(version = process.versions.node): Check {
  return {
    name: "Node.js",
    run: () => {
      const { engines } = manifest("package.json");
      const least = /\d+/.exec(engines?.node ?? "")?.[0] ?? "20";
      const good = compare(version, `${least}.0.0`) >= 0;
      const cure = `install Node.js ${least} or newer: https://nodejs.org`;
      return Promise.resolve([good ? ok(version) : failure(`${version} is older than ${least}`, cure)]);
    },
  };
}

/** The Pulumi command. */
export function pulumiCheck(engine: Engine, forRealSite: boolean): Check {
  return {
    name: "Pulumi",
    run: async () => {
      const { code, stdout } = await engine.run("version");
      const version = stdout.trim().replace(/^v/, "");
      const cure = `install ${LEAST_PULUMI} or newer: https://www.pulumi.com/docs/install/`;
      if (code !== 0 && forRealSite) return [failure("the Pulumi command does not run", cure)];
      if (code !== 0)
        return [warning("there is none on PATH; the lab builds one of its own", `for a site of your own, ${cure}`)];
      if (compare(version, LEAST_PULUMI) >= 0) return [ok(version)];
      const harm = "before it, an in-program import could delete what it had taken over";
      return [failure(`${version} is older than ${LEAST_PULUMI}; ${harm}`, cure)];
    },
  };
}

const PLUGINS = z.array(z.looseObject({ name: z.string(), kind: z.string(), version: z.string().optional() }));

/** Plugins of the packages, in the versions of the packages. A stand-in of the lab says what it is by its version. */
export function pluginCheck(engine: Engine, forRealSite: boolean): Check {
  return {
    name: "plugins",
    run: async () => {
      const { code, stdout, stderr } = await engine.run("plugin", "ls", "--json");
      if (code === NO_PROGRAM) return [];
      if (code !== 0) return [failure(`the plugins cannot be listed: ${stderr.trim()}`, "run `pulumi plugin ls`")];
      const installed = PLUGINS.parse(JSON.parse(stdout)).filter(({ kind }) => kind === "resource");
      const always = { proxmoxve: "@muhlba91/pulumi-proxmoxve", command: "@pulumi/command" };
      // Only a site with a tunnel needs it; where it is there, it has to be the real one.
      const isThere = installed.some(({ name }) => name === "cloudflare");
      const wanted = { ...always, ...(isThere && { cloudflare: "@pulumi/cloudflare" }) };
      return Object.entries(wanted).map(([name, npm]) =>
        pluginFinding(
          name,
          versionOf(npm),
          installed.filter((plugin) => plugin.name === name),
          forRealSite,
          engine,
        ),
      );
    },
  };
}

type Installed = z.infer<typeof PLUGINS>[number];

function pluginFinding(
  name: string,
  wanted: string,
  installed: readonly Installed[],
  forRealSite: boolean,
  { isStandIn }: Engine,
): Finding {
  if (forRealSite && isStandIn(name, wanted)) {
    const harm = "it only pretends, and reaches nothing but the lab";
    const cure =
      "remove it: pulumi plugin rm resource " + `${name} ${wanted} --yes; the next \`pulumi up\` fetches the real one`;
    return failure(`${name} ${wanted} is the lab's stand-in: ${harm}`, cure);
  }
  if (installed.some(({ version }) => version === wanted)) return ok(`${name} ${wanted}`);
  const others = installed.map(({ version }) => version ?? "?").join(", ");
  const have = others === "" ? "it is not installed" : `installed: ${others}`;
  return warning(
    `${name} ${wanted} is needed, ${have}`,
    `nothing, where the machine reaches its server: the next run fetches it`,
  );
}

/** Version of a package as it is installed here. */
export function versionOf(npm: string): string {
  return manifest(join("node_modules", npm, "package.json")).version ?? "";
}

function manifest(path: string): { version?: string; engines?: { node?: string } } {
  return JSON.parse(readFileSync(join(REPOSITORY, path), "utf8")) as ReturnType<typeof manifest>;
}

/** Negative, zero or positive as `left` is older than, equal to or newer than `right`. */
export function compare(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[.+-]/).map(Number));
  const differences = [0, 1, 2].map((index) => (a?.[index] ?? 0) - (b?.[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
