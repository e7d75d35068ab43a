import { ofType, stackRule, type DeclaredInStack } from "./rule";
import { DATASTORE, PBS_STORAGE, PROXMOX_PBS_STORAGE, S3_DATASTORE, SYNC_JOB } from "./types";

/**
 * PBS knows a backup by the number of its guest alone. Two sites in one namespace have each a guest 140, whose snapshots become one row:
 * one site's are then thinned out as the other's, and a restore takes whichever is newer. Source: requirements T17.
 */
export const copiesNeverMeet = stackRule(
  { name: "copies-never-meet", description: "No two sources write into one namespace of a datastore." },
  (resources) => {
    const jobs = ofType(resources, SYNC_JOB);
    const entries = ofType(resources, PBS_STORAGE, PROXMOX_PBS_STORAGE);
    return jobs.flatMap((job, at) => {
      const place = placeOf(resources, job, "store");
      const other = jobs
        .slice(0, at)
        .find((one) => placeOf(resources, one, "store") === place && !isOneSource(one, job));
      const own = entries.find((entry) => placeOf(resources, entry, "datastore") === place);
      const beside = other ?? own;
      return beside === undefined
        ? []
        : [
            `Copies of ${job.name} must not mix with what ${beside.name} writes: give one of them another store or namespace.`,
          ];
    });
  },
);

/** Datastore and namespace. A datastore whose name is not known yet is known by the resource from which it comes. */
function placeOf(resources: readonly DeclaredInStack[], { props, from }: DeclaredInStack, field: string): string {
  const sources = from(field);
  const store = ofType(resources, DATASTORE, S3_DATASTORE).find(({ urn }) => sources.includes(urn));
  return `${String(store?.props["name"] ?? props[field])}/${String(props["namespace"] ?? "")}`;
}

/** Whether two jobs fetch from one place, such as each some of its groups. */
function isOneSource(one: DeclaredInStack, other: DeclaredInStack): boolean {
  return ["remote", "remoteStore"].every((field) => {
    const [first, second] = [one.from(field), other.from(field)];
    return first.length > 0 || second.length > 0
      ? first.join() === second.join()
      : one.props[field] === other.props[field];
  });
}
