import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";

import { type ServerChannel } from "ssh2";

/** Where and with what a command runs. */
export interface Shell {
  /** Working directory and HOME. */
  readonly home: string;
  /** Directory that comes first on PATH. */
  readonly programs: string;
  /** Variables that the client set and the server accepted. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What sshd gives root on Debian. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs `command` in a real bash on the channel, as sshd does: input and output as they come, exit status or signal at
 * the end. The command outlives a client that hangs up.
 */
export function runCommand(
  command: string,
  channel: ServerChannel,
  { home, programs, variables }: Shell,
): ChildProcess {
  const login = { HOME: home, USER: "root", LOGNAME: "root", SHELL: "/bin/bash" };
  const env = { ...variables, ...login, PATH: `${programs}:${PATH}` };
  const child = spawn("bash", ["-c", command], { cwd: home, env, detached: true });
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
