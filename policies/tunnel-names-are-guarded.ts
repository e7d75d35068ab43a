import { ofType, stackRule } from "./rule";
import { ACCESS_APPLICATION, DNS_RECORD, TUNNEL } from "./types";

/** What a record says of a name that everybody on the internet may reach. */
const FOR_EVERYBODY = "for everybody";

/** A name that leads into the site is either meant for everybody, or has a login before it. */
export const tunnelNamesAreGuarded = stackRule(
  {
    name: "tunnel-names-are-guarded",
    description:
      "A name that leads into the site has an Access application before it, unless it says that it is for everybody.",
  },
  (resources) => {
    const guarded = ofType(resources, ACCESS_APPLICATION).flatMap(({ props }) => destinationsOf(props["destinations"]));
    const tunnels = new Set(ofType(resources, TUNNEL).map(({ urn }) => urn));
    return (
      ofType(resources, DNS_RECORD)
        // Before the tunnel is there nobody knows its name, but from what it comes.
        .filter(({ props, from }) => from("content").some((urn) => tunnels.has(urn)) || leadsIn(props["content"]))
        .map(({ props }) => ({ name: String(props["name"]), comment: props["comment"] as unknown }))
        .filter(({ name, comment }) => comment !== FOR_EVERYBODY && !guarded.includes(name))
        .map(({ name }) => `${name} must not lead into the site without a login: put it behind an Access application.`)
    );
  },
);

function leadsIn(content: unknown): boolean {
  return typeof content === "string" && content.endsWith(".cfargotunnel.com");
}

function destinationsOf(destinations: unknown): string[] {
  return Array.isArray(destinations) ? destinations.map(({ uri }: { uri?: unknown }) => String(uri)) : [];
}
