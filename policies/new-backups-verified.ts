import { resourceRule } from "./rule";
import { DATASTORE } from "./types";

/** A backup that was never read back is a hope. */
export const newBackupsVerified = resourceRule(
  { name: "new-backups-verified", description: "A datastore verifies what is new." },
  [DATASTORE],
  ({ name, props }) => (props["verifyNew"] === true ? [] : [`${name} must verify new backups: set verifyNew: true.`]),
);
