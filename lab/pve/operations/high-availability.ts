import { digestOf } from "../digest";
import { splitList } from "../formats";
import { type HaResource, resourcesOf } from "../high-availability";
import { ClusterLife } from "../life/cluster-life";
import { type Call, type Operation } from "../operation";
import * as parameters from "../parameters/high-availability";
import { impossible, invalid } from "../refusal";
import { isBefore, versionsOf } from "../../core/versions";

const AUDIT = { check: ["perm", "/", ["Sys.Audit"]] } as const;
const CONSOLE = { check: ["perm", "/", ["Sys.Console"]] } as const;
const RESOURCE = "/cluster/ha/resources/{sid}";

/**
 * What HA watches, as it is written down. Texts: pve-ha-manager, PVE/API2/HA/Resources.pm;
 * observed on PVE 9.2.
 */
export const HIGH_AVAILABILITY: readonly Operation[] = [
  { name: "GET /cluster/ha/resources", parameters: parameters.LIST_RESOURCES, permissions: AUDIT, handle: list },
  { name: "POST /cluster/ha/resources", parameters: parameters.CREATE_RESOURCE, permissions: CONSOLE, handle: create },
  {
    name: `GET ${RESOURCE}`,
    parameters: parameters.ONE_RESOURCE,
    permissions: AUDIT,
    handle: (call) => shown(call, sidOf(call)),
  },
  { name: `PUT ${RESOURCE}`, parameters: parameters.CHANGE_RESOURCE, permissions: CONSOLE, handle: change },
  { name: `DELETE ${RESOURCE}`, parameters: parameters.DELETE_RESOURCE, permissions: CONSOLE, handle: remove },
];

function list(call: Call): unknown[] {
  const type = call.text("type");
  const sids = Object.keys(call.cluster.ha.value.resources).sort();
  return sids.filter((sid) => type === undefined || sid.startsWith(`${type}:`)).map((sid) => shown(call, sid));
}

function create(call: Call): void {
  const sid = sidOf(call);
  if (nodeOf(call, sid) === undefined) throw impossible(`resource '${sid}' does not exist in cluster`);
  refuseUnknown(call);
  call.cluster.ha.change((ha) => {
    if (ha.resources[sid] !== undefined) throw impossible(`resource ID '${sid}' already defined`);
    ha.resources[sid] = call.except("sid", "type");
    ha.firstAt ??= Date.now();
  });
  ClusterLife.of(call.cluster)?.act((one) => {
    one.lookSoon();
  });
}

function change(call: Call): void {
  const sid = sidOf(call);
  refuseUnknown(call);
  const dropped = splitList(call.text("delete") ?? "");
  const kept = Object.entries(known(call, sid)).filter(([name]) => !dropped.includes(name));
  const resource = { ...Object.fromEntries(kept), ...call.except("sid", "delete", "digest") };
  call.cluster.ha.change((ha) => (ha.resources[sid] = resource));
}

/** Unless told otherwise it goes out of the rules too; a rule without any resource left goes with it. */
function remove(call: Call): void {
  const sid = sidOf(call);
  known(call, sid);
  const purge = call.text("purge") !== "0";
  call.cluster.ha.change((ha) => {
    Reflect.deleteProperty(ha.resources, sid);
    if (!purge) return;
    const rules = Object.entries(ha.rules).map(([name, rule]) => {
      const left = resourcesOf(rule).filter((one) => one !== sid);
      return [name, { ...rule, resources: left.join(",") }] as const;
    });
    ha.rules = Object.fromEntries(rules.filter(([, { resources }]) => resources !== ""));
  });
}

/** A bare number means the guest of that number, whatever its kind. */
function sidOf(call: Call): string {
  const text = call.required("sid");
  if (text.includes(":")) return text;
  const guest = [...call.cluster.nodes.values()]
    .flatMap((node) => node.allGuests())
    .find(({ vmid }) => String(vmid) === text);
  return `${guest?.type === "lxc" ? "ct" : "vm"}:${text}`;
}

function nodeOf(call: Call, sid: string): string | undefined {
  const [kind, vmid] = sid.split(":");
  const type = kind === "ct" ? "lxc" : "qemu";
  const holder = [...call.cluster.nodes.values()].find((node) =>
    node.allGuests().some((guest) => String(guest.vmid) === vmid && guest.type === type),
  );
  return holder?.name;
}

function known(call: Call, sid: string): HaResource {
  const found = call.cluster.ha.value.resources[sid];
  if (found === undefined) throw impossible(`no such resource '${sid}'`);
  return found;
}

function refuseUnknown(call: Call): void {
  // Observed: ha-manager 5.2.0 refuses it, what 9.2 brings takes it.
  if (call.text("auto-rebalance") !== undefined && isBefore(versionsOf(call.node.site.description).pve, "9.2"))
    throw invalid({
      "auto-rebalance": "property is not defined in schema and the schema does not allow additional properties",
    });
  if (call.text("group") !== undefined)
    throw impossible("invalid parameter 'group': ha groups have been migrated to rules");
}

function shown(call: Call, sid: string): object {
  const { state = "started", comment, ...numbers } = known(call, sid);
  const bare = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
  const digest = digestOf(call.cluster.ha.value.resources);
  return { sid, type: sid.split(":")[0], state, ...bare, ...(comment !== undefined && { comment }), digest };
}
