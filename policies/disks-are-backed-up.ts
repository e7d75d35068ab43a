import { listOf, ofType, stackRule, type Declared } from "./rule";
import { CONTAINER, VM } from "./types";

/**
 * PVE leaves a disk out of every backup when it says so, and the mount point of a container unless it says otherwise; nothing tells its
 * owner. Guests that have a reason, such as the disk of the backups themselves, are named by the configuration.
 * Source: requirements G15, G20, T04; pve-docs, vzdump, "Backup and Restore of VMs and containers".
 */
export const disksAreBackedUp = stackRule(
  { name: "disks-are-backed-up", description: "Every disk of a guest is in its backup." },
  (resources, { except }) => {
    const excused = new Set((except as readonly number[] | undefined) ?? []);
    return ofType(resources, VM, CONTAINER)
      .filter(({ props }) => props["vmId"] === undefined || !excused.has(Number(props["vmId"])))
      .flatMap(({ type, name, props }) =>
        (type === VM ? disksOf(props) : mountsOf(props)).map((cure) => said(name, cure)),
      );
  },
  { except: { type: "array", items: { type: "number" } } },
);

function said(name: string, cure: string): string {
  return `All disks of ${name} must be in its backup: ${cure}, or name the guest in backup.exclude with the reason.`;
}

function disksOf(props: Declared["props"]): string[] {
  const left = listOf(props["disks"]).filter(({ backup }) => backup === false);
  return left.map((disk) => `leave backup: false out of disk ${String(disk["interface"])}`);
}

/** A volume of PVE; a directory of the node is in no backup whatever it says. */
function mountsOf(props: Declared["props"]): string[] {
  const left = listOf(props["mountPoints"]).filter(({ backup }) => backup !== true);
  return left.map((mount) => `set backup: true for mount point ${String(mount["path"])}`);
}
