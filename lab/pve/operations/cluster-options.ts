import { propertyString } from "../backup-job";
import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import { CHANGE_OPTIONS } from "../parameters/cluster-options";

/** datacenter.cfg, which every cluster has and which begins empty. Sources: pve-manager, PVE/API2/Cluster.pm; observed on PVE 9.2. */
export const CLUSTER_OPTIONS: readonly Operation[] = [
  {
    name: "GET /cluster/options",
    parameters: {},
    permissions: { check: ["perm", "/", ["Sys.Audit"]], user: "all" },
    handle: read,
  },
  {
    name: "PUT /cluster/options",
    parameters: CHANGE_OPTIONS,
    permissions: { check: ["perm", "/", ["Sys.Modify"]] },
    handle: change,
  },
];

/** Property strings that PVE takes apart when it tells them, each with its default key; `bwlimit` stays text. */
const TAKEN_APART: Readonly<Record<string, string>> = {
  crs: "ha",
  ha: "shutdown_policy",
  migration: "type",
  replication: "type",
  notify: "fencing",
  "next-id": "lower",
  location: "name",
};

function read(call: Call): object {
  if (!call.cluster.allows(call.authId, "/", ["Sys.Audit"])) return {};
  const told = Object.entries(call.cluster.options.value.options).map(([name, value]) => {
    const key = TAKEN_APART[name];
    if (key !== undefined) return [name, propertyString(value, key)];
    return [name, name === "max_workers" ? Number(value) : value];
  });
  return Object.fromEntries(told) as object;
}

function change(call: Call): void {
  const dropped = splitList(call.text("delete") ?? "");
  call.cluster.options.change((document) => {
    const kept = Object.entries(document.options).filter(([name]) => !dropped.includes(name));
    document.options = { ...Object.fromEntries(kept), ...call.except("delete") };
  });
}
