import { BACKUP_JOB, vmidsOf } from "../engine/state";

/** An object that the engine keeps, with its properties. */
interface Kept {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** How much the engine keeps for a site: the count by which some backends charge, and by which a person reads a plan. */
export interface ResourceCount {
  /** Objects on the site that are in the program. */
  readonly resources: number;
  /** Guests in its backups. */
  readonly guests: number;
}

/** Counts what stands for something on the site; providers and components do not. */
export function countOf(kept: readonly Kept[]): ResourceCount {
  const jobs = kept.filter(({ type }) => type === BACKUP_JOB);
  const guests = new Set(jobs.flatMap(({ properties }) => vmidsOf(properties)));
  return { resources: kept.length, guests: guests.size };
}

/** The count in a sentence: `13 resources for 5 protected guests, 2.6 a guest.`; of a stack without guests, as a vault's, their number alone. */
export function countText({ resources, guests }: ResourceCount): string {
  if (guests === 0) return `${counted(resources, "resource")}.`;
  return `${counted(resources, "resource")} for ${counted(guests, "protected guest")}, ${(resources / guests).toFixed(1)} a guest.`;
}

/** A number with its noun, in the plural where that is due. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
