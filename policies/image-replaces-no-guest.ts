import { resourceRule } from "./rule";
import { VM } from "./types";

/** Another image, or another cloud-init file, would make the guest anew. */
export const imageReplacesNoGuest = resourceRule(
  { name: "image-replaces-no-guest", description: "A new image does not make a guest anew." },
  [VM],
  ({ name, props, opts }) => {
    const disks = (props["disks"] as readonly Readonly<Record<string, unknown>>[] | undefined) ?? [];
    const ignored = opts.ignoreChanges.some((path) => path.startsWith("disks"));
    return disks.some((disk) => disk["fileId"] !== undefined) && !ignored
      ? [`${name} must stay when its image changes: take importFrom instead of fileId, with ignoreChanges: ["disks"].`]
      : [];
  },
);
