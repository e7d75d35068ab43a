import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { isRunning, THIS_PROCESS } from "./process-identity";

/**
 * Does `work` while holding the lock file, and lets go of it however the work ends.
 *
 * A living holder is waited for, a dead one's lock is taken over. Two that take over at the same instant may both go on: the
 * lock saves work and is not what keeps a result whole.
 */
export async function whileLocked<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await take(lock);
  try {
    return await work();
  } finally {
    if (holderOf(lock) === THIS_PROCESS) rmSync(lock, { force: true });
  }
}

const POLL_MS = 500;

async function take(lock: string): Promise<void> {
  for (let told = false; !tryTake(lock);) {
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (!isRunning(holder)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) process.stderr.write(`Waiting for process ${holder.split("-")[0] ?? ""}, which does the same.\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A link appears with its content, so that no lock can be seen, or left behind, that names no holder. */
function tryTake(lock: string): boolean {
  const draft = `${lock}.${THIS_PROCESS}`;
  writeFileSync(draft, THIS_PROCESS);
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function holderOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
