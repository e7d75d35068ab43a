import { ofType, stackRule } from "./rule";
import { BACKUP_JOB, NOTIFICATION_TARGETS } from "./types";

/** Advisory: PVE's own mail may be set up, which no program of ours sees. */
export const failuresAreTold = stackRule(
  { name: "failures-are-told", description: "Somebody is told when a backup fails.", level: "advisory" },
  (resources) => {
    if (ofType(resources, BACKUP_JOB).length === 0) return [];
    return NOTIFICATION_TARGETS.filter((type) => ofType(resources, type).length === 0).map(
      (type) => `Somebody must be told what fails: set the secret alertAddress, from which a ${type} is made.`,
    );
  },
);
