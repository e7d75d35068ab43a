import { ofType, type DeclaredInStack } from "./rule";
import { DATASTORE } from "./types";

/**
 * Datastores that no job of a type works on. A job that takes the name from the datastore itself belongs to it, also where that name is
 * known only once the server is there.
 */
export function storesWithout(resources: readonly DeclaredInStack[], jobType: string): string[] {
  const jobs = ofType(resources, jobType);
  return ofType(resources, DATASTORE)
    .filter((datastore) => !jobs.some((job) => worksOn(job, datastore)))
    .map(({ name }) => name);
}

function worksOn(job: DeclaredInStack, { urn, props }: DeclaredInStack): boolean {
  const sources = job.from("store");
  return sources.length > 0 ? sources.includes(urn) : job.props["store"] === props["name"];
}
