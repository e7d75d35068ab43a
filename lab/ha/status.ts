/** State of a service, as the master's status has it (Manager.pm). */
export type ServiceState =
  | "stopped"
  | "request_stop"
  | "request_start"
  | "started"
  | "fence"
  | "recovery"
  | "migrate"
  | "relocate"
  | "freeze"
  | "error";

/** One service in the master's status. */
export interface ServiceStatus {
  /** State. */
  state: ServiceState;
  /** Node that has it. */
  node: string;
  /** Request that the node's LRM answers. */
  uid: string;
  /** Where it goes, while it moves. */
  target?: string;
  /** Nodes on which it did not start. */
  failed_nodes?: string[];
  /** Node that it left for maintenance, and to which it goes back. */
  maintenance_node?: string;
  /** Whether its start was reported. */
  running?: boolean;
  /** Move that a person asked for. */
  cmd?: ["migrate" | "relocate", string];
}

/** State of a node, as the master's status has it (NodeStatus.pm). */
export type NodeStatus = "online" | "maintenance" | "unknown" | "fence";

/** `/etc/pve/ha/manager_status`. */
export interface ManagerStatus {
  /** Node that is master. */
  master_node: string;
  /** Nodes that a master has seen. */
  node_status: Record<string, NodeStatus>;
  /** Services that a master has taken up. */
  service_status: Record<string, ServiceStatus>;
  /** Wishes of people concerning nodes. */
  node_request: Record<string, { maintenance?: boolean }>;
  /** Second at which it was written. */
  timestamp: number;
}

/** `/etc/pve/nodes/<node>/lrm_status`. */
export interface LrmStatus {
  /** State of the LRM. */
  state: string;
  /** What it is about to do. */
  mode: string;
  /** Answers to the CRM by uid. */
  results: Record<string, { sid: string; ok: boolean }>;
  /** Second at which it was written. */
  timestamp: number;
}
