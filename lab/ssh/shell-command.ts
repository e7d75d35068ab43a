import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { constants } from "node:os";

import { type ServerChannel } from "ssh2";

import { inOwnRoot } from "../core/own-root";

/** Where and with what a command runs. */
export interface Shell {
  /** Directory of the machine's own files; working directory and HOME. */
  readonly root: string;
  /** Directory that comes first on PATH. */
  readonly programs: string;
  /** Variables that the client set and the server accepted. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What sshd gives root on Debian. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs `command` in a real bash of the machine on the channel, as sshd does: input and output as they come, exit status or signal at
 * the end. The command outlives a client that hangs up.
 */
export function runCommand(command: string, channel: ServerChannel, shell: Shell): ChildProcess {
  const child = startShell(["bash", "-c", command], shell);
  child.stdin.on("error", () => undefined);
  channel.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code, signal) => {
    finish(channel, code, signal);
  });
  return child;
}

/** Starts a program of a machine: with its files, its programs and root's login. */
export function startShell(
  argv: readonly string[],
  { root, programs, variables }: Shell,
): ChildProcessWithoutNullStreams {
  const login = { HOME: root, USER: "root", LOGNAME: "root", SHELL: "/bin/bash" };
  const env = { ...variables, ...login, PATH: `${programs}:${PATH}` };
  const [program = "", ...words] = inOwnRoot(root, programs, argv);
  return spawn(program, words, { cwd: root, env, detached: true });
}

function finish(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  if (signal !== null) channel.exit(signal.slice("SIG".length), false, "");
  else channel.exit(code ?? 255);
  channel.end();
  channel.close();
}

/** Sends a signal, named as SSH names it (`TERM`), to a command and all that it started. */
export function signalCommand({ pid }: ChildProcess, name: string): void {
  const signal = `SIG${name.replace(/^SIG/, "")}`;
  if (pid === undefined || !(signal in constants.signals)) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended a moment ago: there is nothing left to signal.
  }
}
