import { ofType, stackRule } from "./rule";
import { DATASTORE, VERIFY_JOB } from "./types";

/** Disks rot after the first verification. */
export const oldBackupsVerified = stackRule(
  { name: "old-backups-verified", description: "A datastore rereads what is old." },
  (resources) => {
    const reread = new Set(ofType(resources, VERIFY_JOB).map(({ props }) => String(props["store"])));
    return ofType(resources, DATASTORE)
      .map(({ props }) => String(props["name"]))
      .filter((store) => !reread.has(store))
      .map((store) => `Backups in ${store} must be reread against rot: declare a verify job with store: ${store}.`);
  },
);
