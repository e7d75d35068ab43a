import { resourceRule } from "./rule";
import { SNIPPET } from "./types";

/** A part of a file's name that stands for what is in it. */
const HASH = /[0-9a-f]{8}/;

/**
 * The engine writes the new file first and deletes the old one then, which under one name is the same file: the machine finds no
 * cloud-init at its next start. Source: bpg/terraform-provider-proxmox issue 2071, and the order of a replacement.
 */
export const snippetOutlivesChange = resourceRule(
  { name: "snippet-outlives-change", description: "A file on a node is there after it was written anew." },
  [SNIPPET],
  ({ name, props, opts }) => {
    const { fileName } = (props["sourceRaw"] ?? props["sourceFile"] ?? {}) as { readonly fileName?: string };
    return opts.deleteBeforeReplace || HASH.test(fileName ?? "")
      ? []
      : [
          `The file of ${name} must be there after a change: put a hash of its text into fileName, or set deleteBeforeReplace: true.`,
        ];
  },
);
