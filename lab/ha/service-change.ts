import { type Crm, type Sid } from "./model";
import { type ManagerStatus, type ServiceState } from "./status";
import { type World } from "./world";

/** A master that looks at one service. */
export interface ServiceContext {
  /** The cluster. */
  readonly world: World;
  /** Node of the master. */
  readonly master: string;
  /** The master. */
  readonly crm: Crm;
  /** What it writes down. */
  readonly manager: ManagerStatus;
  /** The service. */
  readonly sid: Sid;
}

/** Brings a service into another state, as a new request to the LRM of its node. Source: Manager.pm, change_service_state. */
export function changeService(
  { world, master, manager, sid }: ServiceContext,
  state: ServiceState,
  where: { node?: string; target?: string } = {},
): void {
  const old = manager.service_status[sid];
  if (old === undefined || old.state === state) return;
  const { failed_nodes, maintenance_node } = old;
  manager.service_status[sid] = {
    state,
    node: old.node,
    uid: world.newUid(),
    ...(failed_nodes !== undefined && { failed_nodes }),
    ...(maintenance_node !== undefined && { maintenance_node }),
    ...where,
  };
  const words = Object.entries(where).map(([name, value]) => `${name} = ${value}`);
  const place = words.length === 0 ? "" : `  (${words.join(", ")})`;
  world.log(`${master}/crm`, `service '${sid}': state changed from '${old.state}' to '${state}'${place}`);
}
