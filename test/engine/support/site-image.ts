import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { type LabSite } from "../../../tools/lab-site/prepare";

/** Documents in which the lab's machines keep all that can be configured on them. */
const DOCUMENTS = [
  ...["storage", "jobs", "access"].map((name) => `clusters/TAPPaaS/${name}`),
  ...["guests", "zfs"].map((name) => `machines/tappaas1/${name}`),
  ...["datastores", "prune-jobs", "verify-jobs", "users", "tokens", "acl"].map((name) => `machines/backup/${name}`),
];

/** Every value of a site's configuration by its place: `machines/backup/users: sections/tappaas@pbs/comment`. */
export type SiteImage = Readonly<Record<string, string>>;

/** All that is configured on a site, as its machines keep it. */
export function imageOf({ places }: LabSite): SiteImage {
  const image: Record<string, string> = {};
  for (const document of DOCUMENTS) {
    const content: unknown = JSON.parse(readFileSync(join(places.lab, `${document}.json`), "utf8"));
    for (const [path, value] of leaves(content)) image[`${document}: ${path}`] = value;
  }
  return image;
}

/** Places whose value is another, or that came or went. */
export function changedPlaces(before: SiteImage, after: SiteImage): string[] {
  const places = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...places].filter((place) => before[place] !== after[place]).sort();
}

/** SHA-256 of every file of backups on the server, but for the names of their owners, by its path. */
export function backupFilesOf({ places }: LabSite): Readonly<Record<string, string>> {
  const root = join(places.lab, "machines/backup/disk");
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "owner");
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [relative(root, file), createHash("sha256").update(readFileSync(file)).digest("hex")];
    }),
  );
}

/** The values in a document with their paths; what stands in a list goes by itself, for lists of rights have no order. */
function leaves(value: unknown, path = ""): [string, string][] {
  if (Array.isArray(value)) return value.map((item) => [`${path}/${JSON.stringify(item)}`, "there"]);
  if (typeof value !== "object" || value === null) return [[path, JSON.stringify(value)]];
  const below = Object.entries(value).flatMap(([name, part]) => leaves(part, path === "" ? name : `${path}/${name}`));
  return [[path, "there"], ...below];
}
