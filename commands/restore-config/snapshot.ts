import * as z from "zod";

/** A snapshot of configuration, as the backup server lists it. */
export interface ConfigSnapshot {
  /** `host/tappaas1/2026-11-20T20:30:00Z`. */
  readonly path: string;
  /** Node or guest that it was taken of. */
  readonly name: string;
  /** When it was taken. */
  readonly time: Date;
  /** Its archives: `pve.pxar`, `etc.pxar`, or `config.pxar` of a guest. */
  readonly archives: readonly string[];
  /** Bytes of all its files; undefined when the server does not say. */
  readonly size: number | undefined;
  /** Fingerprint of the key; undefined when it is not encrypted. */
  readonly encryptedWith: string | undefined;
}

const LIST = z.array(
  z.looseObject({
    "backup-type": z.string(),
    "backup-id": z.string(),
    "backup-time": z.number(),
    size: z.number().nullish(),
    fingerprint: z.string().nullish(),
    files: z.array(z.union([z.string(), z.looseObject({ filename: z.string() })])).default([]),
  }),
);

/** Snapshots of hosts in the client's list, newest first. @throws {Error} When it is none. */
export function parseConfigSnapshots(json: string): ConfigSnapshot[] {
  const hosts = LIST.parse(JSON.parse(json)).filter((one) => one["backup-type"] === "host");
  const snapshots = hosts.map(({ "backup-id": name, "backup-time": seconds, size, fingerprint, files }) => {
    const time = new Date(seconds * 1000);
    const names = files.map((file) => (typeof file === "string" ? file : file.filename));
    return {
      ...{ path: `host/${name}/${time.toISOString().replace(/\.\d+Z$/, "Z")}`, name, time },
      archives: names.flatMap((file) => /^(.+\.pxar)\.[df]idx$/.exec(file)?.[1] ?? []).sort(),
      size: size ?? undefined,
      encryptedWith: fingerprint?.toLowerCase(),
    };
  });
  return snapshots.sort((a, b) => b.time.getTime() - a.time.getTime());
}

/** The newest of a node or guest, not later than `before`. @throws {Error} When there is none, naming what there is. */
export function newestConfig(
  snapshots: readonly ConfigSnapshot[],
  name: string,
  before: Date | undefined,
): ConfigSnapshot {
  const own = snapshots.filter((one) => one.name === name);
  const newest = own.find(({ time }) => before === undefined || time <= before);
  if (newest !== undefined) return newest;
  const names = [...new Set(snapshots.map((one) => one.name))].sort();
  const oldest = own.at(-1)?.time.toISOString();
  const there =
    oldest !== undefined
      ? `the oldest is of ${oldest}`
      : names.length === 0
        ? "this login sees none at all"
        : `there are ${names.join(", ")}`;
  const which = before === undefined ? "" : ` not later than ${before.toISOString()}`;
  throw new Error(
    `There is no configuration of "${name}"${which}: ${there}.\nCure: leave out the name to see what there is, with dates.`,
  );
}

/** Where a file is in a snapshot. */
export interface ConfigPart {
  /** The archive that holds it. */
  readonly archive: string;
  /** Path below the directory in which all archives are: `etc/network/interfaces`. */
  readonly path: string;
}

/** Where each archive began on its machine; the longest that fits holds the file. */
const ROOTS: readonly (readonly [string, string])[] = [
  ["pve.pxar", "/etc/pve/"],
  ["etc.pxar", "/etc/"],
  ["config.pxar", "/"],
];

/** The archive and path of a file, by what it was called on its machine. @throws {Error} When no archive can hold it. */
export function partOf({ path, archives }: ConfigSnapshot, file: string): ConfigPart {
  const isPath = /^\/[^\0\n]*[^/\0\n]$/.test(file) && !/\/\.\.?(?:\/|$)/.test(file);
  const found = ROOTS.find(([archive, root]) => archives.includes(archive) && isPath && file.startsWith(root));
  if (found !== undefined) {
    const [archive, root] = found;
    return { archive, path: `${archive.replace(".pxar", "")}/${file.slice(root.length)}` };
  }
  const roots = ROOTS.filter(([archive]) => archives.includes(archive)).map(([, root]) => root);
  throw new Error(
    `Expected a file as it was called on its machine, below ${roots.join(" or ")}, got "${file}"; ${path} has ${archives.join(", ")}.`,
  );
}
