import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** How a program ended. */
export interface Ending {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** Signal that ended it; null when it ended by itself. */
  readonly signal: NodeJS.Signals | null;
}

/** How a command of the SDK is run. */
export interface Run {
  /** Arguments of the command. */
  readonly args: readonly string[];
  /** Where it runs. */
  readonly cwd: string;
  /** Arguments of node itself, such as `--import=tsx`. */
  readonly nodeArguments: readonly string[];
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Fires when nobody waits for the program any more; it is stopped then. */
  readonly gone: AbortSignal;
  /** Takes what it prints. @default - printed here */
  readonly stdout?: (chunk: Buffer) => void;
  /** Takes what it prints on standard error. @default - printed here */
  readonly stderr?: (chunk: Buffer) => void;
}

/** Everything that runs for the language host. */
export interface Children {
  /**
   * Runs `command` of the `@pulumi/pulumi` that `directory` has installed, to its end.
   * @throws {Error} With the cure, when it has none.
   */
  run(directory: string, command: string, run: Run): Promise<Ending>;
  /** Asks all of them to stop, and ends those that do not within five seconds. */
  stop(): void;
  /** Ends all of them at once. */
  kill(): void;
}

/** No program runs yet. */
export function childrenOfHost(): Children {
  const running = new Set<ChildProcess>();
  return {
    async run(directory, command, run) {
      const child = start(join(sdkOf(directory), "cmd", command), run);
      running.add(child);
      const onGone = () => {
        stop(child);
      };
      run.gone.addEventListener("abort", onGone);
      if (run.gone.aborted) onGone();
      try {
        return await endingOf(child);
      } finally {
        run.gone.removeEventListener("abort", onGone);
        running.delete(child);
      }
    },
    stop() {
      running.forEach(stop);
    },
    kill() {
      running.forEach((child) => child.kill("SIGKILL"));
    },
  };
}

function sdkOf(directory: string): string {
  try {
    return dirname(createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/package.json"));
  } catch {
    throw new Error(`expected @pulumi/pulumi to be installed for ${directory}, found none; run \`npm ci\` there`);
  }
}

function start(script: string, { args, cwd, nodeArguments, env, stdout, stderr }: Run): ChildProcess {
  const child = spawn(process.execPath, [...nodeArguments, script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout === undefined ? "inherit" : "pipe", stderr === undefined ? "inherit" : "pipe"],
  });
  if (stdout !== undefined) child.stdout?.on("data", stdout);
  if (stderr !== undefined) child.stderr?.on("data", stderr);
  return child;
}

/** As long as the official host waits. */
const GRACE_MS = 5_000;

function stop(child: ChildProcess): void {
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  child.once("exit", () => {
    clearTimeout(timer);
  });
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
}
