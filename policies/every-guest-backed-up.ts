import { movingGuests, vmidOf } from "./failover";
import { ofType, stackRule, type Declared } from "./rule";
import { BACKUP_JOB, PROXMOX_BACKUP_JOB } from "./types";

/**
 * Every guest that the site's own files have, and every guest that fails over, is in a job that runs. Which guests have a reason to
 * stay out is said by the configuration of the rule, which `make preview` makes from the site's files, not from the program.
 */
export const everyGuestBackedUp = stackRule(
  { name: "every-guest-backed-up", description: "Every guest is in a backup job, or its owner says why not." },
  (resources, { guests }) => {
    const jobs = ofType(resources, BACKUP_JOB, PROXMOX_BACKUP_JOB);
    if (jobs.length === 0) return [];
    const running = jobs.filter(({ props }) => props["enabled"] !== false);
    const needed = new Set([
      ...((guests as readonly number[] | undefined) ?? []),
      ...movingGuests(resources).map(vmidOf),
    ]);
    return [...needed]
      .filter((vmid) => !running.some(({ props }) => takes(props, vmid)))
      .toSorted((a, b) => a - b)
      .map((vmid) => `Guest ${vmid} must be in a backup job: add it to one, or to backup.exclude with the reason.`);
  },
  { guests: { type: "array", items: { type: "number" } } },
);

/** Whether a job takes a guest: it names it, or takes all but some. */
function takes(props: Declared["props"], vmid: number): boolean {
  const named = (key: string) => ((props[key] as readonly unknown[] | undefined) ?? []).map(Number).includes(vmid);
  return named("vmids") || (props["all"] === true && !named("excludes"));
}
