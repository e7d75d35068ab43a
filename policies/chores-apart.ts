import { ofType, stackRule } from "./rule";
import { BACKUP_JOB, DATASTORE, PRUNE_JOB, VERIFY_JOB } from "./types";

/** Advisory: chores of a datastore that begin at one time read the same disks at once. */
export const choresApart = stackRule(
  {
    name: "chores-apart",
    description: "Backups and a datastore's chores begin at different times.",
    level: "advisory",
  },
  (resources) => {
    const times = [
      ...[BACKUP_JOB, PRUNE_JOB, VERIFY_JOB].flatMap((type) =>
        ofType(resources, type).map(({ name, props }) => ({
          name: `${type} ${name}`,
          at: props["schedule"] as unknown,
        })),
      ),
      ...ofType(resources, DATASTORE).map(({ name, props }) => ({
        name: `garbage collection of ${name}`,
        at: props["gcSchedule"] as unknown,
      })),
    ].filter(({ at }) => typeof at === "string");
    return times.flatMap(({ name, at }, place) => {
      const other = times.slice(0, place).find((one) => one.at === at);
      return other === undefined
        ? []
        : [`${name} must not begin with ${other.name}: set another hour than ${String(at)}.`];
    });
  },
);
