import { stackRule } from "./rule";
import { storesWithout } from "./store";
import { PRUNE_JOB } from "./types";

/** Retention stands where the backups lie: a datastore without it fills up, and the next night's backup fails. */
export const datastoreIsPruned = stackRule(
  { name: "datastore-is-pruned", description: "A datastore has a retention of its own." },
  (resources) =>
    storesWithout(resources, PRUNE_JOB).map(
      (store) => `What stays in ${store} must be said where it lies: declare a prune job with store: ${store}.`,
    ),
);
