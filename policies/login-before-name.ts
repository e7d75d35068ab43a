import { leadsIn, loginOf } from "./tunnel-names";
import { stackRule } from "./rule";

/**
 * A name that is shown to the internet before its login is there lets everybody in until it is, and for good where the run ends between
 * the two. Source: Cloudflare's order of a tunnel; facts on a set-up that is safe at each step.
 */
export const loginBeforeName = stackRule(
  { name: "login-before-name", description: "A name is shown to the internet once the login before it is there." },
  (resources) =>
    leadsIn(resources).flatMap(({ props, after }) => {
      const name = String(props["name"]);
      const login = loginOf(resources, name);
      return login === undefined || after.includes(login.urn)
        ? []
        : [
            `${name} must not be shown before its login is there: add the Access application to dependsOn of its record.`,
          ];
    }),
);
