import { spawn } from "node:child_process";

/** What the Pulumi command left. */
export interface PulumiRan {
  /** Its exit status. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it complained of. */
  readonly stderr: string;
}

/** How it is run. */
export interface PulumiOptions {
  /** Where: the folder of the project. */
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** What it reads; secrets go this way and never as arguments. */
  readonly input?: string;
}

/**
 * Runs the Pulumi command to its end.
 * @throws {Error} When there is none.
 */
export function runPulumi(args: readonly string[], { cwd, env, input = "" }: PulumiOptions): Promise<PulumiRan> {
  return new Promise((ended, failed) => {
    const child = spawn("pulumi", args, { cwd, env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      const cure = "Cure: install it, 3.252 or newer: https://www.pulumi.com/docs/install/";
      failed(new Error(`The Pulumi command could not be run: ${error.message}.\n${cure}`));
    });
    child.on("close", (code) => {
      ended({ code: code ?? 1, stdout, stderr });
    });
    child.stdin.end(input);
  });
}
