import { type StorageType } from "./storage";

const SIZE = 256 * 1024 ** 3;

/** A directory of the node. The lab keeps no contents in it. Source: pve-storage, src/PVE/Storage/DirPlugin.pm. */
export const dirStorage: StorageType = {
  options: {
    path: "fixed",
    ...Object.fromEntries(
      ["bwlimit", "content", "content-dirs", "create-base-path", "create-subdirs", "disable", "format"].map(changeable),
    ),
    ...Object.fromEntries(
      ["is_mountpoint", "max-protected-backups", "mkdir", "nodes", "preallocation", "prune-backups", "shared"].map(
        changeable,
      ),
    ),
  },
  needed: ["path"],
  content: {
    possible: ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import"],
    usual: "images,rootdir",
  },
  shared: false,
  activate: () => Promise.resolve(),
  usage: () => Promise.resolve({ total: SIZE, used: SIZE / 8, avail: SIZE - SIZE / 8 }),
};

function changeable(name: string): [string, "changeable"] {
  return [name, "changeable"];
}
