import { ofType, type DeclaredInStack } from "./rule";

/** What of a type is about a bucket; undefined where nothing is. A bucket's name may be known only by what it comes from. */
export function companionOf(
  resources: readonly DeclaredInStack[],
  bucket: DeclaredInStack,
  type: string,
): DeclaredInStack | undefined {
  return ofType(resources, type).find(({ props, from }) => {
    const sources = from("bucket");
    return sources.length > 0 ? sources.includes(bucket.urn) : props["bucket"] === bucket.props["bucket"];
  });
}
