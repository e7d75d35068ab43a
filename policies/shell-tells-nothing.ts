import { resourceRule } from "./rule";
import { COMMAND } from "./types";

/**
 * The engine prints what a command writes, also what is marked as a secret, into logs and comments of pull requests, and hands it to the
 * next run by the environment. Secrets go in by stdin. Source: pulumi-command issues 260 and 401, and its remote provider.
 */
export const shellTellsNothing = resourceRule(
  { name: "shell-tells-nothing", description: "What a shell is told, and what it answers, stands in no log." },
  [COMMAND],
  ({ name, props }) => {
    const cures = [
      ...(props["addPreviousOutputInEnv"] === false ? [] : ["addPreviousOutputInEnv: false"]),
      ...("stdin" in props && props["logging"] !== "none" ? ['logging: "none"'] : []),
    ];
    return cures.length === 0
      ? []
      : [`What ${name} is told and answers must stand in no log: set ${cures.join(", ")}.`];
  },
);
