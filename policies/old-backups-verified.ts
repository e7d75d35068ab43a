import { stackRule } from "./rule";
import { storesWithout } from "./store";
import { VERIFY_JOB } from "./types";

/** Disks rot after the first verification. */
export const oldBackupsVerified = stackRule(
  { name: "old-backups-verified", description: "A datastore rereads what is old." },
  (resources) =>
    storesWithout(resources, VERIFY_JOB).map(
      (store) => `Backups in ${store} must be reread against rot: declare a verify job with store: ${store}.`,
    ),
);
