import { listOf, resourceRule, type Declared } from "./rule";
import { VM } from "./types";

/** Files of cloud-init whose change makes a machine anew. */
const SEEDS = ["userDataFileId", "vendorDataFileId", "networkDataFileId", "metaDataFileId"] as const;

/**
 * Another image, or another cloud-init file, would make the guest anew. Whether there is one counts, and not which: a file that is not
 * there yet is known by nobody. Source: bpg/terraform-provider-proxmox issue 2071, and ForceNew in its vm.go.
 */
export const imageReplacesNoGuest = resourceRule(
  { name: "image-replaces-no-guest", description: "A new image does not make a guest anew." },
  [VM],
  (resource) => [...imageProblems(resource), ...seedProblems(resource)],
);

function imageProblems({ name, props, opts }: Declared): string[] {
  const hasFile = listOf(props["disks"]).some((disk) => "fileId" in disk);
  return hasFile && !ignores(opts, "disks")
    ? [`${name} must stay when its image changes: take importFrom instead of fileId, with ignoreChanges: ["disks"].`]
    : [];
}

function seedProblems({ name, props, opts }: Declared): string[] {
  const initialization = (props["initialization"] ?? {}) as object;
  return SEEDS.some((field) => field in initialization) && !ignores(opts, "initialization")
    ? [`${name} must stay when its cloud-init file changes: set ignoreChanges: ["initialization"].`]
    : [];
}

function ignores({ ignoreChanges }: Declared["opts"], field: string): boolean {
  return ignoreChanges.some((path) => path.startsWith(field));
}
