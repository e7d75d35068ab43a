import { ofType, stackRule } from "./rule";
import { DATASTORE, PRUNE_JOB } from "./types";

/** Retention stands where the backups lie: a datastore without it fills up, and the next night's backup fails. */
export const datastoreIsPruned = stackRule(
  { name: "datastore-is-pruned", description: "A datastore has a retention of its own." },
  (resources) => {
    const pruned = new Set(ofType(resources, PRUNE_JOB).map(({ props }) => String(props["store"])));
    return ofType(resources, DATASTORE)
      .map(({ props }) => String(props["name"]))
      .filter((store) => !pruned.has(store))
      .map((store) => `What stays in ${store} must be said where it lies: declare a prune job with store: ${store}.`);
  },
);
