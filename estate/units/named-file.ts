/** A file of a storage that a guest's configuration names: without it the guest does not start, and no backup of the guest holds it. */
export interface NamedFile {
  /** Line of the configuration: `ide2`, `cicustom`, `hookscript`. */
  readonly line: string;
  /** The file in PVE's words: `local:iso/debian.iso`. */
  readonly volume: string;
}

const FILE = /([A-Za-z][\w.-]*:(?:iso|snippets)\/[^,]+)/g;
const CARRIES = /^(?:(?:ide|sata|scsi)\d+|cicustom|hookscript)$/;

/**
 * Files that a configuration names: images in CD drives, data for cloud-init, and a script that its node runs.
 * @see https://pve.proxmox.com/pve-docs/qm.conf.5.html cicustom, hookscript, media
 */
export function namedFilesOf(config: Readonly<Record<string, unknown>>): NamedFile[] {
  return Object.entries(config)
    .filter((entry): entry is [string, string] => CARRIES.test(entry[0]) && typeof entry[1] === "string")
    .flatMap(([line, value]) => [...value.matchAll(FILE)].map(([volume]) => ({ line, volume })))
    .sort((a, b) => (a.line < b.line ? -1 : 1));
}
