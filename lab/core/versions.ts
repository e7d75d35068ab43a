import { type SiteDescription } from "./site-description";

/** Versions of what a site's machines run. */
export interface Versions {
  /** PVE, `9.2.1`. */
  readonly pve: string;
  /** PBS, `4.2`. */
  readonly pbs: string;
}

/** What a site has of which nothing is said. */
const USUAL: Versions = { pve: "9.2.1", pbs: "4.2" };

/** Versions of a site. */
export function versionsOf({ versions }: Pick<SiteDescription, "versions">): Versions {
  return { pve: versions?.pve ?? USUAL.pve, pbs: versions?.pbs ?? USUAL.pbs };
}

/** Whether a version is older than `minor`, `9.2`. */
export function isBefore(version: string, minor: string): boolean {
  const [[major = 0, second = 0], [wantedMajor = 0, wantedSecond = 0]] = [numbersOf(version), numbersOf(minor)];
  return major < wantedMajor || (major === wantedMajor && second < wantedSecond);
}

function numbersOf(version: string): number[] {
  return version.split(".").map(Number);
}
