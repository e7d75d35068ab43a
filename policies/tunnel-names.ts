import { ofType, type DeclaredInStack } from "./rule";
import { ACCESS_APPLICATION, DNS_RECORD, TUNNEL } from "./types";

/** Records by which a name leads into the site. Before the tunnel is there nobody knows its name, but from what it comes. */
export function leadsIn(resources: readonly DeclaredInStack[]): DeclaredInStack[] {
  const tunnels = new Set(ofType(resources, TUNNEL).map(({ urn }) => urn));
  return ofType(resources, DNS_RECORD).filter(
    ({ props, from }) => from("content").some((urn) => tunnels.has(urn)) || isTunnel(props["content"]),
  );
}

/** The login before a name; undefined where it has none. */
export function loginOf(resources: readonly DeclaredInStack[], name: string): DeclaredInStack | undefined {
  return ofType(resources, ACCESS_APPLICATION).find(({ props }) =>
    destinationsOf(props["destinations"]).includes(name),
  );
}

function isTunnel(content: unknown): boolean {
  return typeof content === "string" && content.endsWith(".cfargotunnel.com");
}

function destinationsOf(destinations: unknown): string[] {
  return Array.isArray(destinations) ? destinations.map(({ uri }: { uri?: unknown }) => String(uri)) : [];
}
