import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Debian, readOwn, writeMounts } from "./system-state";

/**
 * Mounts what a unit of systemd names by UUID. What the filesystem holds is a directory beside the disk's volume, so that it goes
 * with the disk and not with the machine; the backup server finds it there too.
 * @returns What is wrong; undefined when it is mounted.
 */
export function mount(debian: Debian, unit: string): string | undefined {
  const text = readOwn(debian, `etc/systemd/system/${unit}`);
  if (text === undefined) return `Failed to start ${unit}: Unit ${unit} not found.`;
  const [, uuid] = /^What=\/dev\/disk\/by-uuid\/(\S+)$/m.exec(text) ?? [];
  const [, where] = /^Where=(\/\S+)$/m.exec(text) ?? [];
  if (uuid === undefined || where === undefined) return `${unit}: the lab mounts by UUID alone`;
  if (debian.state.value.mounted.some((one) => one.where === where)) return undefined;
  const disk = debian.disks.find(({ file }) => uuidOf(file) === uuid);
  if (disk === undefined) return `Job for ${unit} failed: there is no disk with UUID ${uuid}.`;
  debian.state.change(({ mounted }) => mounted.push({ where, uuid, key: disk.key }));
  attach(debian, disk.files, where);
  return undefined;
}

/** After a start nothing is mounted but what starts with the machine. */
export function mountAll(debian: Debian): void {
  debian.state.change((draft) => (draft.mounted = []));
  writeMounts(debian);
  for (const unit of debian.state.value.enabled.filter((one) => one.endsWith(".mount"))) mount(debian, unit);
}

/** UUID of the filesystem on a disk; undefined when there is none. */
function uuidOf(file: string): string | undefined {
  const { stdout } = spawnSync("blkid", ["-p", "-s", "UUID", "-o", "value", file], { encoding: "utf8" });
  return stdout.trim() === "" ? undefined : stdout.trim();
}

function attach(debian: Debian, files: string, where: string): void {
  mkdirSync(files, { recursive: true });
  const { site, name } = debian.machine;
  const seen = join(site.state.path("machines", name, "disk"), where);
  mkdirSync(dirname(seen), { recursive: true });
  if (existsSync(seen)) rmSync(seen, { recursive: true });
  symlinkSync(files, seen);
  writeMounts(debian);
}
