import { resourceRule } from "./rule";
import { COMMAND } from "./types";

/** A trigger runs the new script first and the old one's undoing afterwards, on the same machine. */
export const nothingUndoneByTrigger = resourceRule(
  { name: "nothing-undone-by-trigger", description: "A script that runs again is not undone afterwards." },
  [COMMAND],
  ({ name, props }) => {
    const triggers = (props["triggers"] as readonly unknown[] | undefined) ?? [];
    return triggers.length > 0 && props["delete"] !== undefined
      ? [`${name} must not undo what its trigger just did: leave triggers or delete out.`]
      : [];
  },
);
