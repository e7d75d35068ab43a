import { ofType, stackRule, type Declared, type DeclaredInStack } from "./rule";
import { BACKUP_JOB, HA_RESOURCE } from "./types";

/**
 * Every guest that the site's own files have, and every guest that fails over, is in a job that runs. Which guests have a reason to
 * stay out is said by the configuration of the rule, which `make preview` makes from the site's files, not from the program.
 */
export const everyGuestBackedUp = stackRule(
  { name: "every-guest-backed-up", description: "Every guest is in a backup job, or its owner says why not." },
  (resources, { guests }) => {
    const jobs = ofType(resources, BACKUP_JOB);
    if (jobs.length === 0) return [];
    const covered = new Set(
      jobs.filter(({ props }) => props["enabled"] !== false).flatMap(({ props }) => vmidsOf(props)),
    );
    const needed = new Set([...((guests as readonly number[] | undefined) ?? []), ...movingIn(resources)]);
    return [...needed]
      .filter((vmid) => !covered.has(vmid))
      .toSorted((a, b) => a - b)
      .map((vmid) => `Guest ${vmid} must be in a backup job: add it to one, or to backup.exclude with the reason.`);
  },
);

function vmidsOf(props: Declared["props"]): number[] {
  return ((props["vmids"] as readonly unknown[] | undefined) ?? []).map(Number);
}

function movingIn(resources: readonly DeclaredInStack[]): number[] {
  return ofType(resources, HA_RESOURCE).map(({ props }) => Number(String(props["guest"]).split(":")[1]));
}
