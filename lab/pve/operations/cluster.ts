import { guestSummary } from "../guests/guest-summary";
import { ClusterLife } from "../life/cluster-life";
import { type PveNode } from "../node";
import { type Call, type Operation } from "../operation";
import { LIST_POOLS, LIST_RESOURCES, NEXT_ID } from "../parameters/cluster";
import { deviceOf } from "../quorum-device";
import { impossible, invalid } from "../refusal";
import { isEnabledOn, storageType } from "../storage/storage";

/** What the cluster as a whole tells. Sources: pve-manager, PVE/API2/Cluster.pm, PVE/API2Tools.pm. */
export const CLUSTER: readonly Operation[] = [
  { name: "GET /cluster/resources", parameters: LIST_RESOURCES, permissions: { user: "all" }, handle: listResources },
  {
    name: "GET /cluster/status",
    parameters: {},
    permissions: { check: ["perm", "/", ["Sys.Audit"]] },
    handle: clusterStatus,
  },
  {
    name: "GET /cluster/config/qdevice",
    parameters: {},
    permissions: { check: ["perm", "/", ["Sys.Audit"]] },
    handle: quorumDevice,
  },
  { name: "GET /cluster/nextid", parameters: NEXT_ID, permissions: { user: "all" }, handle: nextId },
  { name: "GET /pools", parameters: LIST_POOLS, permissions: { user: "all" }, handle: listPools },
  { name: "GET /nodes", parameters: {}, permissions: { user: "all" }, handle: listNodes },
];

/** As corosync-qdevice-tool tells. A cluster without a device has no socket to ask, and answers with nothing. */
function quorumDevice({ cluster }: Call): object {
  const device = deviceOf(cluster);
  const simulation = ClusterLife.of(cluster)?.simulation;
  if (device === undefined || simulation === undefined) return {};
  return {
    Model: "Net",
    "Cluster name": cluster.name,
    "QNetd host": `${cluster.site.prefix}.${device.host}:5403`,
    Algorithm: "Fifty-Fifty split",
    "Tie-breaker": "Node with lowest node ID",
    State: simulation.isDeviceConnected() ? "Connected" : "Connect failed",
  };
}

function isOnline(call: Call, { name }: PveNode): boolean {
  return ClusterLife.of(call.cluster)?.isOnline(name) !== false;
}

function nodesOf(call: Call): PveNode[] {
  return [...call.cluster.nodes.values()];
}

async function listResources(call: Call): Promise<unknown[]> {
  const wanted = call.text("type");
  const rows: unknown[] = [];
  for (const node of nodesOf(call)) {
    if (wanted === undefined || wanted === "vm") rows.push(...guestRows(call, node));
    if (wanted === undefined || wanted === "node") rows.push(nodeRow(call, node));
    if (wanted === undefined || wanted === "storage") rows.push(...(await storageRows(call, node)));
  }
  return rows;
}

function guestRows(call: Call, node: PveNode): unknown[] {
  const seen = node.allGuests().filter(({ vmid }) => call.cluster.allows(call.authId, `/vms/${vmid}`, ["VM.Audit"]));
  return seen.map((guest) => ({
    id: `${guest.type}/${guest.vmid}`,
    type: guest.type,
    node: node.name,
    template: 0,
    ...guestSummary(node, guest),
    // Nobody tells of guests whose node is away.
    ...(!isOnline(call, node) && { status: "unknown" }),
  }));
}

function nodeRow(call: Call, node: PveNode): object {
  const row = {
    id: `node/${node.name}`,
    type: "node",
    node: node.name,
    status: isOnline(call, node) ? "online" : "offline",
  };
  const may = call.cluster.allows(call.authId, `/nodes/${node.name}`, ["Sys.Audit"]);
  return may ? { ...row, ...HARDWARE, cpu: 0.02, uptime: 86_400, "cgroup-mode": 2 } : row;
}

const HARDWARE = { maxcpu: 16, maxmem: 128 * 1024 ** 3, mem: 24 * 1024 ** 3, level: "" };

async function storageRows(call: Call, node: PveNode): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const [id, entry] of Object.entries(call.cluster.storages.value.storages)) {
    if (!call.cluster.allows(call.authId, `/storage/${id}`, ["Datastore.Audit"]) || !isEnabledOn(node, entry)) continue;
    const type = storageType(entry["type"] ?? "");
    const usage = await type.usage(node, id, entry).catch(() => undefined);
    rows.push({
      id: `storage/${node.name}/${id}`,
      type: "storage",
      storage: id,
      node: node.name,
      plugintype: entry["type"],
      content: entry["content"] ?? type.content.usual,
      shared: type.shared ? 1 : 0,
      status: usage === undefined ? "unknown" : "available",
      ...(usage !== undefined && { maxdisk: usage.total, disk: usage.used }),
    });
  }
  return rows;
}

/** Observed on PVE: a node that stands alone has no entry of type `cluster`. */
function clusterStatus(call: Call): unknown[] {
  const nodes = nodesOf(call).map((node, index) => ({
    id: `node/${node.name}`,
    type: "node",
    name: node.name,
    nodeid: call.cluster.name === undefined ? 0 : index + 1,
    ip: node.machine.address,
    online: isOnline(call, node) ? 1 : 0,
    local: node === call.node ? 1 : 0,
    level: "",
  }));
  const { name } = call.cluster;
  if (name === undefined) return nodes;
  return [
    {
      id: "cluster",
      type: "cluster",
      name,
      nodes: nodes.length,
      quorate: ClusterLife.of(call.cluster)?.isQuorate(call.node.name) === false ? 0 : 1,
      version: 1,
    },
    ...nodes,
  ];
}

function nextId(call: Call): string {
  const used = nodesOf(call).flatMap((node) => node.allGuests().map(({ vmid }) => vmid));
  const asked = call.number("vmid");
  if (asked !== undefined) {
    if (used.includes(asked)) throw invalid({ vmid: `VM ${asked} already exists` });
    return String(asked);
  }
  for (let vmid = 100; vmid < 1_000_000; vmid += 1) if (!used.includes(vmid)) return String(vmid);
  throw impossible("unable to get any free VMID in range [100, 1000000]");
}

function listPools(call: Call): unknown[] {
  const wanted = call.text("poolid");
  if (wanted !== undefined) throw impossible(`pool '${wanted}' does not exist`);
  return [];
}

function listNodes(call: Call): unknown[] {
  return nodesOf(call).map((node) => ({ ...nodeRow(call, node), ...fingerprintOf(node) }));
}

function fingerprintOf(node: PveNode): object {
  return { ssl_fingerprint: node.certificateFingerprint };
}
