import { movingGuests } from "./failover";
import { listOf, ofType, stackRule, type Declared } from "./rule";
import { VM } from "./types";

/**
 * A guest comes up elsewhere with all its disks or not at all, those of EFI and TPM among them, which are easily put on the node's own
 * storage. Source: requirements U30; PVE replicates ZFS volumes alone.
 */
export const failoverDisksReplicate = stackRule(
  { name: "failover-disks-replicate", description: "All disks of a guest that fails over are replicated." },
  (resources) => {
    const moving = movingGuests(resources);
    return ofType(resources, VM)
      .filter(({ props }) => moving.includes(`vm:${String(props["vmId"])}`))
      .flatMap(({ name, props }) => [...switchedOff(props), ...elsewhere(props)].map((cure) => sentence(name, cure)));
  },
);

function sentence(name: string, cure: string): string {
  return `All disks of ${name} must be replicated, or it does not come up elsewhere: ${cure}.`;
}

function switchedOff(props: Declared["props"]): string[] {
  const off = listOf(props["disks"]).filter(({ replicate }) => replicate === false);
  return off.map((disk) => `leave replicate: false out of disk ${String(disk["interface"])}`);
}

/** Its small disks on a storage on which none of the others is. */
function elsewhere(props: Declared["props"]): string[] {
  const storages = listOf(props["disks"]).map(({ datastoreId = USUAL }) => datastoreId as string);
  const [storage] = storages;
  if (storage === undefined) return [];
  return ["efiDisk", "tpmState"].flatMap((key) => {
    const small = props[key] as Readonly<Record<string, unknown>> | undefined;
    return small === undefined || storages.includes((small["datastoreId"] ?? USUAL) as string)
      ? []
      : [`set ${key}.datastoreId: "${storage}"`];
  });
}

/** Where the provider puts a disk that names no storage. */
const USUAL = "local-lvm";
