import * as z from "zod";

import { PVE_ROLES, STARTUP_PRIVILEGES } from "../../provider/rights/pve-rights";
import { type SettingsFile } from "../settings-file";
import { roleStep } from "./login";
import { pathRightStep } from "./path-right";
import { type Enrolling, type Step } from "./step";

const SETTING = z.looseObject({ ordered: z.literal(true) });

/** Path of all guests: the order is in each guest's own configuration. */
export const STARTUP_PATH = "/vms";

/** Whether the settings ask for an order of starts. */
export function ordersStarts(settings: SettingsFile): boolean {
  return SETTING.safeParse(settings.get("startup")).success;
}

/**
 * What writing the order of starts takes besides, where the settings ask for it, and nothing otherwise. It is not taken away when they
 * no longer do: the places that the program gave are taken back with it.
 */
export async function startupOrderSteps(context: Enrolling, settings: SettingsFile): Promise<Step[]> {
  if (!ordersStarts(settings)) return [];
  return [
    await roleStep(context, PVE_ROLES.startup, [...STARTUP_PRIVILEGES]),
    await pathRightStep(context, STARTUP_PATH, [PVE_ROLES.apply, PVE_ROLES.startup]),
  ];
}
