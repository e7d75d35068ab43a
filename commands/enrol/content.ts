import * as z from "zod";

import { type Enrolling, type Step } from "./step";

/** Storage on which every PVE keeps its own files. */
const STORAGE = "local";

/** What has to lie there: the image a backup server is made from, and what it is told at its first start. */
const WANTED = ["import", "snippets"] as const;

const ENTRY = z.looseObject({ content: z.string().default(""), type: z.string() });

/** Content types of `local` that a backup server in a VM needs. Types are added; none is taken away. */
export async function contentStep({ pvesh, record }: Enrolling): Promise<Step> {
  const { content, type } = await pvesh.get(ENTRY, `/storage/${STORAGE}`);
  const had = content.split(",").filter((one) => one !== "" && one !== "none");
  const more = WANTED.filter((one) => !had.includes(one));
  const possible = type === "dir" || type === "btrfs";
  return {
    thing: `storage ${STORAGE}`,
    change: more.length === 0 || !possible ? undefined : `may hold ${more.join(", ")} too, beside ${had.join(", ")}`,
    apply: async () => {
      await pvesh.set(`/storage/${STORAGE}`, { content: [...had, ...more].join(",") });
      record.made.content[STORAGE] = [...(record.made.content[STORAGE] ?? []), ...more];
    },
  };
}
