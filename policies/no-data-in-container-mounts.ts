import { resourceRule } from "./rule";
import { CONTAINER } from "./types";

/** Any change to a mount point makes a container anew, without what its volumes held. */
export const noDataInContainerMounts = resourceRule(
  { name: "no-data-in-container-mounts", description: "A container's mount points hold nothing that would be missed." },
  [CONTAINER],
  ({ name, props, opts }) => {
    const mounts = (props["mountPoints"] as readonly unknown[] | undefined) ?? [];
    return mounts.length > 0 && !opts.ignoreChanges.includes("mountPoints")
      ? [
          `${name} must not be made anew with its volumes: set ignoreChanges: ["mountPoints"], or take a virtual machine.`,
        ]
      : [];
  },
);
