import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { type PveNode } from "../node";
import { impossible } from "../refusal";
import { storageEntry } from "./storage";

/** Where a directory storage keeps each kind of file. Source: pve-storage, src/PVE/Storage/Plugin.pm. */
const FOLDERS: Readonly<Record<string, string>> = {
  import: "import",
  iso: "template/iso",
  snippets: "snippets",
  vztmpl: "template/cache",
};

/** A file of a directory storage. */
export interface FileVolume {
  /** Volume id, `local:import/debian.qcow2`. */
  readonly volid: string;
  /** Kind of content. */
  readonly content: string;
  /** Format of the file. */
  readonly format: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly ctime: number;
}

/** Files of the kinds that a directory storage is set to hold. */
export function filesOn(node: PveNode, storage: string): FileVolume[] {
  const { path = "", content = "" } = storageEntry(node, storage);
  return content.split(",").flatMap((kind) => {
    const folder = FOLDERS[kind];
    const directory = folder === undefined ? undefined : join(node.filesRoot, path, folder);
    if (directory === undefined || !existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => !name.startsWith("."))
      .map((name) => {
        const { size, mtimeMs } = statSync(join(directory, name));
        const format = kind === "import" ? "qcow2" : kind === "iso" ? "iso" : kind === "snippets" ? "snippet" : "tgz";
        return { volid: `${storage}:${kind}/${name}`, content: kind, format, size, ctime: Math.floor(mtimeMs / 1000) };
      });
  });
}

/**
 * File behind a volume of a directory storage, whether it exists or not; undefined when the id names none.
 * @throws {Refusal} When the storage is not set to hold such files.
 */
export function fileOf(node: PveNode, volid: string): string | undefined {
  const [, storage = "", kind = "", name = ""] = /^([A-Za-z][\w.-]*):(\w+)\/([^/]+)$/.exec(volid) ?? [];
  const folder = FOLDERS[kind];
  if (folder === undefined) return undefined;
  const { path = "", content = "" } = storageEntry(node, storage);
  if (!content.split(",").includes(kind))
    throw impossible(`storage '${storage}' is not configured for content-type '${kind}'`);
  return join(node.filesRoot, path, folder, name);
}

/** Removes a file. */
export function removeFile(file: string): void {
  rmSync(file, { force: true });
}
