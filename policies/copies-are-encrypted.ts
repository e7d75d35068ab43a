import { resourceRule } from "./rule";
import { SYNC_JOB } from "./types";

/**
 * What lies open at home stays at home: a copy elsewhere could be read by whoever runs or steals that server. A job that sends has no
 * field for it, for it never sends anything else. Source: requirements T18, U16; PBS 4.2, encrypted-only of a sync job.
 */
export const copiesAreEncrypted = resourceRule(
  { name: "copies-are-encrypted", description: "Only what is encrypted is copied." },
  [SYNC_JOB],
  ({ name, props }) =>
    props["encryptedOnly"] === true
      ? []
      : [`${name} must take nothing that its server could read: set encryptedOnly: true.`],
);
