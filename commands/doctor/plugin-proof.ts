import { spawn } from "node:child_process";
import { join } from "node:path";

import * as z from "zod";

import { failure, ok, type Check } from "./check";
import { versionOf } from "./programs";
import { REPOSITORY } from "../stack-file";

const PROOF = z.looseObject({ works: z.boolean(), output: z.string(), engine: z.string() });

/**
 * Makes a storage entry and a replication job in a lab of its own with the proxmoxve plugin of this machine. Releases 8.0 to
 * 8.3 of it make the object and then panic, so that it exists and nobody knows of it.
 */
export function pluginProofCheck(): Check {
  return {
    name: "plugin proof",
    run: async () => {
      const { code, stdout, stderr } = await inLab();
      const cure = "look at what it says; `npm ci` and `make lab-reset` make packages and lab anew";
      if (code !== 0) return [failure(`the proof could not be run: ${lastLine(stderr)}`, cure)];
      const { works, output } = PROOF.parse(JSON.parse(lastLine(stdout)));
      if (works) return [ok("the proxmoxve plugin made and removed a storage entry and a replication job in the lab")];
      return [brokenPlugin(output, versionOf("@muhlba91/pulumi-proxmoxve"))];
    },
  };
}

/** What a broken plugin is told to be, in words that name the release and the way out. */
export function brokenPlugin(output: string, version: string) {
  const panic = /panic: .*/.exec(output)?.[0];
  const how = panic === undefined ? lastLine(output) : `it panics after the object exists (${panic})`;
  const cure =
    "do not run it against a site. 8.0 to 8.3 are broken: install another release, in package.json and as a plugin (`pulumi plugin " +
    "install resource proxmoxve <version> --server github://api.github.com/muhlba91/pulumi-proxmoxve`), and ask again";
  return failure(`the proxmoxve plugin ${version} of this machine is broken: ${how}`, cure);
}

/** The lab and what runs on it are programs of their own. */
function inLab(): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((ended, failed) => {
    const program = join(REPOSITORY, "tools/lab-site/main.ts");
    const env = { ...process.env, LAB_PREFIX: process.env["LAB_PREFIX"] ?? LAB_PREFIX };
    const child = spawn(process.execPath, ["--import=tsx", program, "plugin-proof"], { cwd: REPOSITORY, env });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      stderr += part;
    });
    child.on("error", failed);
    child.on("close", (code) => {
      ended({ code: code ?? 1, stdout, stderr });
    });
  });
}

/** Loopback addresses beside those of `make up`'s lab, which may be running. */
const LAB_PREFIX = "127.0.99";

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
