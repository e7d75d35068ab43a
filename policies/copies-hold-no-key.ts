import { ofType, stackRule } from "./rule";
import { BACKUP_JOB, PBS_STORAGE, RESILIENCE_PROVIDER, SYNC_JOB } from "./types";

/**
 * A place that only keeps copies needs no key to keep them. With one, whoever runs or breaks into it reads all that is there.
 * Source: requirements T19, candidate key-never-at-peer.
 */
export const copiesHoldNoKey = stackRule(
  { name: "copies-hold-no-key", description: "A stack that only keeps copies holds no key of what it keeps." },
  (resources) => {
    const keepsCopies = ofType(resources, SYNC_JOB).length > 0;
    const makesBackups = ofType(resources, PBS_STORAGE, BACKUP_JOB).length > 0;
    if (!keepsCopies || makesBackups) return [];
    return ofType(resources, RESILIENCE_PROVIDER)
      .filter(({ props }) => KEYS.some((field) => field in props))
      .map(({ name }) => `${name} must keep copies without being able to read them: leave ${KEYS.join(" and ")} out.`);
  },
);

const KEYS = ["keyFile", "keyIdentityFile"] as const;
