import { setTimeout as wait } from "node:timers/promises";

import { type Document } from "../core/state";

/** How the lab's backup server differs from a real one in time, and how its chance is fixed. Tests change it by control. */
export interface PbsSettings {
  /** Milliseconds for which a change of a grant may not act yet; a real server takes up to 5000. */
  aclDelay: number;
  /** Milliseconds before a wrong password or secret is refused; a real server takes about 3000. */
  failedLoginDelay: number;
  /** Milliseconds that the creation of a datastore takes; a real server takes 3500 to 7000. */
  datastoreCreation: number;
  /** Bytes of the disk on which datastores lie. */
  diskSize: number;
  /** Start of the chance that orders lists; null for another order each time. */
  listSeed: number | null;
  /** IANA name of the server's time zone, by which periods of retention are cut; null for that of the machine. */
  timeZone: string | null;
}

/** Settings of a fresh server: grants act as late as on a real one, waiting for its own sake is shortened. */
export const DEFAULT_SETTINGS: PbsSettings = {
  aclDelay: 5_000,
  failedLoginDelay: 100,
  datastoreCreation: 200,
  diskSize: 4 * 1024 ** 4,
  listSeed: null,
  timeZone: null,
};

/** Puts a list into the order of this request: PBS's lists have none (observed on PBS 4.2.3). */
export function shuffled<T>(settings: Document<PbsSettings>, items: readonly T[]): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(chance(settings) * (last + 1));
    [mixed[last], mixed[chosen]] = [mixed[chosen] as T, mixed[last] as T];
  }
  return mixed;
}

/** Next number in [0, 1): a repeatable one when the chance is fixed. */
function chance(settings: Document<PbsSettings>): number {
  const seed = settings.value.listSeed;
  if (seed === null) return Math.random();
  const next = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  settings.change((draft) => (draft.listSeed = next));
  return next / 2 ** 32;
}

/** Waits for a real number of milliseconds. */
export async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await wait(milliseconds);
}
