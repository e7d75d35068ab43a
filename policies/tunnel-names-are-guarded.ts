import { leadsIn, loginOf } from "./tunnel-names";
import { stackRule } from "./rule";

/** What a record says of a name that everybody on the internet may reach. */
const FOR_EVERYBODY = "for everybody";

/** A name that leads into the site is either meant for everybody, or has a login before it. */
export const tunnelNamesAreGuarded = stackRule(
  {
    name: "tunnel-names-are-guarded",
    description:
      "A name that leads into the site has an Access application before it, unless it says that it is for everybody.",
  },
  (resources) =>
    leadsIn(resources)
      .filter(({ props }) => props["comment"] !== FOR_EVERYBODY)
      .map(({ props }) => String(props["name"]))
      .filter((name) => loginOf(resources, name) === undefined)
      .map((name) => `${name} must not lead into the site without a login: put it behind an Access application.`),
);
