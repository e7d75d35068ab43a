import * as z from "zod";

import { PVE_ROLES, SERVER_PRIVILEGES } from "../../provider/rights/pve-rights";
import { type SettingsFile } from "../settings-file";
import { roleStep } from "./login";
import { LOGIN_USER } from "./names";
import { type NodeFacts } from "./node";
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

const ACL = z.array(z.looseObject({ path: z.string(), ugid: z.string(), roleid: z.string() }));

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
  return [role, ...(await Promise.all(pathsOf(machine).map((path) => rightStep(context, path))))];
}

/** Where the right is given: PVE knows paths of machines that are not there yet. */
function pathsOf({ vmid, dataVmid, systemStorage, dataStorage, bridge }: Machine): string[] {
  const storages = [...new Set(["local", systemStorage, dataStorage])].sort().map((storage) => `/storage/${storage}`);
  return [`/vms/${vmid}`, `/vms/${dataVmid}`, ...storages, `/sdn/zones/localnetwork/${bridge}`];
}

/** Both roles: in PVE what is given on a path takes the place of what is given above it. */
async function rightStep({ pvesh, record }: Enrolling, path: string): Promise<Step> {
  const there = (await pvesh.get(ACL, "/access/acl"))
    .filter((row) => row.path === path && row.ugid === LOGIN_USER)
    .map(({ roleid }) => roleid);
  const missing = [PVE_ROLES.apply, PVE_ROLES.server].filter((role) => !there.includes(role));
  return {
    thing: `right of ${LOGIN_USER} on ${path}`,
    change: missing.length === 0 ? undefined : `${missing.length === 1 ? "role" : "roles"} ${missing.join(", ")}`,
    apply: async () => {
      await pvesh.set("/access/acl", { path, roles: missing.join(","), users: LOGIN_USER });
      record.made.rights.push(...missing.map((role) => ({ path, role, holder: LOGIN_USER })));
    },
  };
}
