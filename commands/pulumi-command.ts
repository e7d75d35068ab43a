import { spawn } from "node:child_process";

/** What the Pulumi command left. */
export interface PulumiRan {
  /** Its exit status; 1 where a signal ended it. */
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
  /** What it reads on its standard input; secrets go this way and never as arguments. @default - nothing */
  readonly input?: string;
  /** Shows what it prints as it comes. @default false */
  readonly shown?: boolean;
}

/**
 * Runs the Pulumi command to its end.
 * @throws {Error} When there is none.
 */
export function runPulumi(args: readonly string[], options: PulumiOptions): Promise<PulumiRan> {
  const { cwd, env, input = "", shown = false } = options;
  return new Promise((ended, failed) => {
    const child = spawn("pulumi", args, { cwd, env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (part: string) => {
        printed[name] += part;
        if (shown) process.stderr.write(part);
      });
    }
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      const cure = "Cure: install it, 3.252 or newer: https://www.pulumi.com/docs/install/";
      failed(new Error(`The Pulumi command could not be run: ${error.message}.\n${cure}`));
    });
    child.on("close", (code) => {
      ended({ code: code ?? 1, ...printed });
    });
    child.stdin.end(input);
  });
}
