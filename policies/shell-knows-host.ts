import { resourceRule } from "./rule";
import { COMMAND } from "./types";

/** Without the host's key, any machine could answer, and be given the root shell's commands and secrets. */
export const shellKnowsHost = resourceRule(
  { name: "shell-knows-host", description: "A shell is opened only on the machine that is meant." },
  [COMMAND],
  ({ name, props }) => {
    const { hostKey } = (props["connection"] ?? {}) as { readonly hostKey?: string };
    return hostKey === undefined || hostKey === ""
      ? [`${name} must know whom it talks to: set hostKey in the node's ssh settings.`]
      : [];
  },
);
