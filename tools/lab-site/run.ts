import { spawn } from "node:child_process";

import { REPOSITORY } from "./places";

/** What a program printed and how it ended. */
export interface Ran {
  /** Exit code; 1 where a signal ended it. */
  readonly code: number;
  /** Everything on standard output. */
  readonly stdout: string;
  /** Everything on standard error. */
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Shows nothing of what it prints. @default false */
  readonly quiet?: boolean;
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Where it runs. @default - the repository */
  readonly cwd?: string;
  /** What it reads; secrets go this way and never as arguments. @default - nothing */
  readonly input?: string;
}

/** Runs a program to its end and keeps what it printed. */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { quiet = false, env, cwd = REPOSITORY, input = "" } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    const keep = (name: "stdout" | "stderr") => (chunk: Buffer) => {
      output[name] += chunk.toString();
      if (!quiet) process[name].write(chunk);
    };
    child.stdout.on("data", keep("stdout"));
    child.stderr.on("data", keep("stderr"));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code: code ?? 1, ...output });
    });
  });
}
