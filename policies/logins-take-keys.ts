import { resourceRule } from "./rule";
import { VM } from "./types";

/**
 * Advisory: the provider does not mark this password, so that it stands in the state for all to read, unless the program marks it; a rule
 * is not shown the mark. Source: the provider's own SDK, where \`initialization\` is no secret.
 */
export const loginsTakeKeys = resourceRule(
  { name: "logins-take-keys", description: "People log in to a guest with keys.", level: "advisory" },
  [VM],
  ({ name, props }) => {
    const { userAccount } = (props["initialization"] ?? {}) as { readonly userAccount?: object };
    return userAccount !== undefined && "password" in userAccount
      ? [`${name} should hold no password that may lie open in the state: set userAccount.keys instead.`]
      : [];
  },
);
