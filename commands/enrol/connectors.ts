import * as z from "zod";

import { PVE_ROLES, TUNNEL_PRIVILEGES } from "../../provider/rights/pve-rights";
import { type SettingsFile } from "../settings-file";
import { roleStep } from "./login";
import { pathRightStep } from "./path-right";
import { ordersStarts } from "./startup-order";
import { type Enrolling, type Step } from "./step";

const TUNNEL = z.looseObject({ connectors: z.array(z.number()) });

/**
 * What the connectors of a tunnel take besides, where the settings name some: the guest agent of those machines, which is root in
 * them, and of no other.
 */
export async function connectorSteps(context: Enrolling, settings: SettingsFile): Promise<Step[]> {
  const { data: tunnel } = TUNNEL.safeParse(settings.get("tunnel"));
  if (tunnel === undefined) return [];
  const roles = [PVE_ROLES.apply, PVE_ROLES.tunnel, ...(ordersStarts(settings) ? [PVE_ROLES.startup] : [])];
  const role = await roleStep(context, PVE_ROLES.tunnel, [...TUNNEL_PRIVILEGES]);
  return [role, ...(await Promise.all(tunnel.connectors.map((vmid) => pathRightStep(context, `/vms/${vmid}`, roles))))];
}
