import * as z from "zod";

import { PVE_ROLES, SERVER_PRIVILEGES } from "../../provider/rights/pve-rights";
import { type SettingsFile } from "../settings-file";
import { roleStep } from "./login";
import { type NodeFacts } from "./node";
import { pathRightStep } from "./path-right";
import { type Enrolling, type Step } from "./step";

const SETTING = z.looseObject({
  machine: z
    .looseObject({
      node: z.string(),
      vmid: z.number(),
      dataVmid: z.number(),
      systemStorage: z.string(),
      dataStorage: z.string(),
      bridge: z.string().default("vmbr0"),
    })
    .optional(),
});

type Machine = NonNullable<z.infer<typeof SETTING>["machine"]>;

/**
 * What making the backup server takes besides, where the settings want one made on a node of this cluster: a role of its own, on the
 * two machines, their storages and their bridge alone. Its guest agent is root in whatever it covers.
 */
export async function serverMachineSteps(
  context: Enrolling,
  settings: SettingsFile,
  { node, others }: Pick<NodeFacts, "node" | "others">,
): Promise<Step[]> {
  const read = SETTING.safeParse(settings.get("backupServer"));
  const machine = read.success ? read.data.machine : undefined;
  if (machine === undefined || ![node, ...others].includes(machine.node)) return [];
  const role = await roleStep(context, PVE_ROLES.server, [...SERVER_PRIVILEGES]);
  const roles = [PVE_ROLES.apply, PVE_ROLES.server];
  return [role, ...(await Promise.all(pathsOf(machine).map((path) => pathRightStep(context, path, roles))))];
}

/** Where the right is given: PVE knows paths of machines that are not there yet. */
function pathsOf({ vmid, dataVmid, systemStorage, dataStorage, bridge }: Machine): string[] {
  const storages = [...new Set(["local", systemStorage, dataStorage])].sort().map((storage) => `/storage/${storage}`);
  return [`/vms/${vmid}`, `/vms/${dataVmid}`, ...storages, `/sdn/zones/localnetwork/${bridge}`];
}
