import { resourceRule } from "./rule";
import { CLOUD_VOLUME } from "./types";

/**
 * What was written since guests serve in the cloud is nowhere else. A disk that goes with its program either stays, or leaves a snapshot.
 * Source: AWS SDK, ebs.Volume, finalSnapshot; requirements G18, G27.
 */
export const cloudDisksStay = resourceRule(
  { name: "cloud-disks-stay", description: "A data disk in a cloud does not go in passing." },
  [CLOUD_VOLUME],
  ({ name, props, opts }) =>
    opts.protect || props["finalSnapshot"] === true
      ? []
      : [
          `${name} must not go in passing: set protect: true, or finalSnapshot: true where it is thrown away after a rehearsal.`,
        ],
);
