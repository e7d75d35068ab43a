import { resourceRule } from "./rule";
import { SYNC_JOB } from "./types";

/** A copy elsewhere that follows deletions is none against whoever deletes. */
export const vanishedStays = resourceRule(
  { name: "vanished-stays", description: "A copy elsewhere keeps what its source has lost, and is fetched, not sent." },
  [SYNC_JOB],
  ({ name, props }) => [
    ...(props["removeVanished"] === true
      ? [`${name} must keep what its source has lost: set removeVanished: false.`]
      : []),
    ...(props["direction"] === "push"
      ? [
          `${name} must be fetched by the copy's own server, so that the source needs no login there: set direction: "pull".`,
        ]
      : []),
  ],
);
