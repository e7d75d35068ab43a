import { STARTUP_PATH } from "../enrol/startup-order";
import { PVE_ROLES, STARTUP_PRIVILEGES } from "../../provider/rights/pve-rights";
import { failure, ok, warning, type Finding } from "./check";

/**
 * Whether the login that applies may write the order in which guests start, and only where the settings ask for it.
 * @param held Its privileges on `/vms`.
 */
export function startupOrderFindings(ordered: boolean, held: readonly string[], cure: string): Finding[] {
  const missing = STARTUP_PRIVILEGES.filter((privilege) => !held.includes(privilege));
  const names = STARTUP_PRIVILEGES.join(", ");
  if (ordered && missing.length > 0) {
    const says = `pveApiToken lacks ${missing.join(", ")} on ${STARTUP_PATH}, and startup.ordered is set`;
    return [failure(says, `${cure}, or take startup.ordered out of the settings`)];
  }
  if (ordered) return [ok("pveApiToken may write the order in which guests start")];
  if (missing.length > 0) return [];
  const roles = `${PVE_ROLES.apply},${PVE_ROLES.startup}`;
  const how = `once \`make up\` has taken the places back: \`pveum acl delete ${STARTUP_PATH} -user <its user> -role ${roles}\``;
  return [warning(`pveApiToken has ${names} on ${STARTUP_PATH}, which only startup.ordered takes`, how)];
}
