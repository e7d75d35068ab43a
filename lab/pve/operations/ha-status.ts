import { ClusterLife } from "../life/cluster-life";
import { type Call, type Operation } from "../operation";
import { type Model } from "../../ha/model";
import { type LrmStatus, type ServiceStatus } from "../../ha/status";

const AUDIT = { check: ["perm", "/", ["Sys.Audit"]] } as const;

/** What HA does at the moment. Sources: pve-ha-manager, PVE/API2/HA/Status.pm, PVE/HA/Tools.pm. */
export const HA_STATUS: readonly Operation[] = [
  { name: "GET /cluster/ha/status/current", parameters: {}, permissions: AUDIT, handle: current },
  { name: "GET /cluster/ha/status/manager_status", parameters: {}, permissions: AUDIT, handle: managerStatus },
];

function current(call: Call): unknown[] {
  const life = ClusterLife.of(call.cluster);
  const isQuorate = life?.isQuorate(call.node.name) !== false;
  const node = call.node.name;
  const quorum = isQuorate ? "OK" : `No quorum on node '${node}'!`;
  const first = { id: "quorum", type: "quorum", node, status: quorum, quorate: isQuorate ? 1 : 0 };
  if (life === undefined) return [first];
  const { model } = life.simulation;
  return [first, ...masterRows(model), ...lrmRows(model), ...serviceRows(call, model)];
}

function masterRows({ manager, epoch, timeline, config }: Model): unknown[] {
  if (manager === undefined) return [];
  const { master_node: node } = manager;
  const timestamp = epoch + manager.timestamp;
  const freshness = ageOf(timeline.now, manager.timestamp);
  const isIdle = freshness !== "active" && Object.keys(config.resources).length === 0;
  const status = `${node} (${isIdle ? "idle" : freshness}, ${localTime(timestamp)})`;
  const armed = isIdle ? "standby" : "armed";
  return [
    { id: "master", type: "master", node, status, timestamp },
    { id: "fencing", type: "fencing", node, status: armed, "armed-state": armed },
  ];
}

function lrmRows({ manager, lrm, epoch, timeline }: Model): unknown[] {
  const services = Object.values(manager?.service_status ?? {});
  return Object.keys(manager?.node_status ?? {})
    .sort()
    .map((node) => {
      const row = { id: `lrm:${node}`, type: "lrm", node };
      const written = lrm[node];
      if (written === undefined) return { ...row, status: `${node} (unable to read lrm status)` };
      const isBusy = services.some((service) => service.node === node && service.state === "started");
      const timestamp = epoch + written.timestamp;
      const status = `${node} (${lrmWords(written, timeline.now, isBusy)}, ${localTime(timestamp)})`;
      return { ...row, status, timestamp };
    });
}

function lrmWords({ state, mode, timestamp }: LrmStatus, now: number, isBusy: boolean): string {
  const age = ageOf(now, timestamp);
  if (age !== "active") return mode === "maintenance" ? "maintenance mode" : age;
  if (mode !== "active") return `${mode} mode`;
  return state === "wait_for_agent_lock" && !isBusy ? "idle" : state;
}

function ageOf(now: number, written: number): string {
  return now - written > 30 ? "old timestamp - dead?" : "active";
}

/** Also services that no CRM has taken up yet. */
function serviceRows({ cluster }: Call, { manager, guests, config }: Model): unknown[] {
  const written = cluster.ha.value.resources;
  const sids = new Set([...Object.keys(manager?.service_status ?? {}), ...Object.keys(written)]);
  return [...sids].sort().map((sid) => {
    const service = manager?.service_status[sid];
    const node = service?.node ?? guests[sid]?.node;
    const resource = config.resources[sid];
    const state = verboseState(service, written[sid]?.["state"] ?? "started");
    return {
      id: `service:${sid}`,
      type: "service",
      sid,
      node,
      state,
      status: `${sid} (${node ?? "---"}, ${state})`,
      ...(service !== undefined && { crm_state: service.state }),
      ...(resource !== undefined && {
        request_state: written[sid]?.["state"] ?? "started",
        max_restart: resource.max_restart,
        max_relocate: resource.max_relocate,
        failback: resource.failback ? 1 : 0,
      }),
    };
  });
}

function verboseState(service: ServiceStatus | undefined, wanted: string): string {
  if (wanted === "ignored") return "ignored";
  if (service === undefined) return "queued";
  if (service.state === "started" && service.running !== true) return "starting";
  if (service.state === "request_stop") return "stopping";
  return service.state === "stopped" && wanted === "disabled" ? "disabled" : service.state;
}

function managerStatus(call: Call): object {
  const life = ClusterLife.of(call.cluster);
  const node = call.node.name;
  const quorum = { node, quorate: life?.isQuorate(node) === false ? 0 : 1 };
  if (life === undefined) return { manager_status: {}, quorum };
  const { manager, lrm, epoch } = life.simulation.model;
  if (manager === undefined) return { manager_status: {}, quorum };
  const written = Object.entries(lrm).map(([name, status]) => [
    name,
    { ...status, timestamp: epoch + status.timestamp },
  ]);
  return {
    manager_status: { ...manager, timestamp: epoch + manager.timestamp },
    quorum,
    lrm_status: Object.fromEntries(written) as object,
  };
}

/** `Thu Nov 26 07:43:14 2026`, as perl prints a local time. */
function localTime(seconds: number): string {
  const [day = "", month = "", date = "", year = ""] = new Date(seconds * 1000).toDateString().split(" ");
  const time = new Date(seconds * 1000).toTimeString().slice(0, 8);
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`;
}
