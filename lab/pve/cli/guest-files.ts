import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { nodeFile } from "../../core/own-root";
import { configText, parseConfigText } from "../backup/config-text";
import { type GuestType } from "../guests/guest";
import { type PveNode } from "../node";

const FOLDERS: Readonly<Record<GuestType, string>> = { qemu: "qemu-server", lxc: "lxc" };

/** How many commands of a node look at the files now. */
const lookers = new WeakMap<PveNode, number>();

/**
 * Guests' configurations of the whole cluster as a node's shell sees them, below /etc/pve/nodes, for as long as a command runs. A file
 * that the command leaves there for a number that nobody has is a guest afterwards; what it does to others is not taken in.
 */
export function showGuestFiles(node: PveNode): () => void {
  const etc = nodeFile(node.site, node.name, "/etc/pve");
  const shown = new Set<string>();
  lookers.set(node, (lookers.get(node) ?? 0) + 1);
  showSharedFolders(node, etc);
  for (const one of node.cluster.nodes.values())
    for (const [type, folder] of Object.entries(FOLDERS)) {
      const path = join(etc, "nodes", one.name, folder);
      mkdirSync(path, { recursive: true });
      for (const guest of one.allGuests().filter((known) => known.type === type)) {
        writeFileSync(join(path, `${guest.vmid}.conf`), configText(guest.config), { mode: 0o640 });
        shown.add(join(path, `${guest.vmid}.conf`));
      }
    }
  return () => {
    takeIn(node, etc, shown);
    shareFolders(node, etc);
  };
}

/** Folders below /etc/pve that are shown otherwise. */
const OWN_FOLDERS = ["nodes", "priv"];

/** What a node of the cluster makes below /etc/pve every node has. */
function showSharedFolders({ site, cluster }: PveNode, etc: string): void {
  const shared = site.state.path("clusters", cluster.key, "pve", ".");
  mkdirSync(shared, { recursive: true });
  mkdirSync(etc, { recursive: true });
  for (const name of readdirSync(shared))
    if (lstatSync(join(etc, name), { throwIfNoEntry: false }) === undefined)
      symlinkSync(join(shared, name), join(etc, name));
}

function shareFolders({ site, cluster }: PveNode, etc: string): void {
  const shared = site.state.path("clusters", cluster.key, "pve", ".");
  for (const { name } of readdirSync(etc, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    if (OWN_FOLDERS.includes(name) || existsSync(join(shared, name))) continue;
    renameSync(join(etc, name), join(shared, name));
    symlinkSync(join(shared, name), join(etc, name));
  }
}

function takeIn(node: PveNode, etc: string, shown: ReadonlySet<string>): void {
  const vmids = new Set([...node.cluster.nodes.values()].flatMap((one) => one.allGuests().map(({ vmid }) => vmid)));
  for (const one of node.cluster.nodes.values())
    for (const [type, folder] of Object.entries(FOLDERS)) {
      const path = join(etc, "nodes", one.name, folder);
      for (const name of existsSync(path) ? readdirSync(path) : []) {
        const vmid = Number(/^(\d+)\.conf$/.exec(name)?.[1]);
        if (shown.has(join(path, name)) || vmids.has(vmid) || Number.isNaN(vmid)) continue;
        const config = parseConfigText(readFileSync(join(path, name), "utf8"));
        one.guests.change(({ guests }) => {
          guests[String(vmid)] = { vmid, type: type as GuestType, running: false, config };
        });
      }
    }
  const left = (lookers.get(node) ?? 1) - 1;
  lookers.set(node, left);
  if (left > 0) return;
  for (const folder of Object.values(FOLDERS))
    for (const one of node.cluster.nodes.keys())
      rmSync(join(etc, "nodes", one, folder), { recursive: true, force: true });
}
