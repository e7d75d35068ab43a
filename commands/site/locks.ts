import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { PROJECT } from "../stack-file";
import { backendFolder } from "../state-place";

/** A lock on a stack's state, as the engine writes it into a folder backend. */
export interface StateLock {
  /** File that is the lock. */
  readonly file: string;
  /** Process that holds it. */
  readonly pid: number;
  /** Machine on which that process runs, or ran. */
  readonly host: string;
  /** Who started it. */
  readonly user: string;
  /** When, RFC 3339. */
  readonly since: string;
}

/** Source: pulumi, pkg/backend/diy/lock.go. */
const LOCK = z.looseObject({ pid: z.number(), username: z.string(), hostname: z.string(), timestamp: z.string() });

/** Locks on a stack, where its state lies in a folder; other backends are asked by the engine itself. */
export function locksOn(backend: string | undefined, stack: string): StateLock[] {
  const own = backendFolder(backend);
  if (own === undefined) return [];
  const folder = join(own, "locks/organization", PROJECT, stack);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => lockIn(join(folder, name)));
}

function lockIn(file: string): StateLock {
  const { pid, username, hostname: host, timestamp } = LOCK.parse(JSON.parse(readFileSync(file, "utf8")));
  return { file, pid, host, user: username, since: timestamp };
}

/** Whether the holder of a lock is certainly gone: it ran on this machine, and no such process is there. */
export function isStale(
  { pid, host }: StateLock,
  here = hostname(),
  lives: (pid: number) => boolean = isAlive,
): boolean {
  return host === here && !lives(pid);
}

/**
 * Takes stale locks away, saying so. One of another machine, or of a process that lives, stays.
 * @returns Whether there was one: a run that was killed.
 * @throws {Error} Naming who holds the stack, since when, and what to do.
 */
export function releaseStaleLocks(locks: readonly StateLock[], say: (line: string) => void): boolean {
  const stale = locks.filter((one) => isStale(one));
  for (const lock of stale) {
    rmSync(lock.file, { force: true });
    say(
      `A run of ${lock.user} of ${lock.since} ended without giving the stack back; its process is gone. Lock released.`,
    );
  }
  const held = locks.find((lock) => !stale.includes(lock));
  if (held === undefined) return stale.length > 0;
  throw new Error(
    `The stack is in use: ${held.user} on ${held.host} (process ${held.pid}) since ${held.since}.\n` +
      "Cure: wait until that run has ended. If you know that it is dead, on that machine: pulumi cancel",
  );
}

/** Whether a Pulumi command runs under that number; on Linux, one that has died and was not yet buried does not. */
function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/stat`;
  if (existsSync("/proc/self/stat")) {
    if (!existsSync(status)) return false;
    const { command, state } = /\((?<command>.*)\) (?<state>\w)/.exec(readFileSync(status, "utf8"))?.groups ?? {};
    return state !== "Z" && state !== "X" && command?.startsWith("pulumi") === true;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
