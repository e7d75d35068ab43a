import { resourceRule } from "./rule";
import { COMMAND, COPIES_TO_REMOTE } from "./types";

/**
 * Without the host's key, any machine could answer, and be given the root shell's commands and secrets.
 * Source: pulumi-command, whose connection accepts any key where none is given.
 */
export const shellKnowsHost = resourceRule(
  { name: "shell-knows-host", description: "A shell is opened only on the machine that is meant." },
  [COMMAND, ...COPIES_TO_REMOTE],
  ({ name, props }) => {
    const { hostKey } = (props["connection"] ?? {}) as { readonly hostKey?: string };
    return hostKey === undefined || hostKey === ""
      ? [`${name} must know whom it talks to: set hostKey in the node's ssh settings.`]
      : [];
  },
);
