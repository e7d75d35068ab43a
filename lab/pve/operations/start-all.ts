import { splitList } from "../formats";
import { type Guest, kindOf } from "../guests/guest";
import { type PveNode } from "../node";
import { type Call, type Operation } from "../operation";
import { START_ALL_GUESTS } from "../parameters/guest";
import { forbidden } from "../refusal";
import { type DeepReadonly } from "../../core/state";

/** What `pve-guests.service` asks for as a node boots. Source: pve-manager, PVE/API2/Nodes.pm, startall. */
export const START_ALL: readonly Operation[] = [
  { name: "POST /nodes/{node}/startall", parameters: START_ALL_GUESTS, permissions: { user: "all" }, handle: startAll },
];

function startAll(call: Call): string {
  const named = splitList(call.text("vms") ?? "").map(Number);
  const vmids = named.length === 0 ? call.node.allGuests().map(({ vmid }) => vmid) : named;
  const lacking = vmids.find((vmid) => !call.cluster.allows(call.authId, `/vms/${vmid}`, ["VM.PowerMgmt"]));
  if (lacking !== undefined) throw forbidden(`/vms/${lacking}`, ["VM.PowerMgmt"], false);
  return startGuestsOf(call.node, call.authId, vmids, call.flag("force"));
}

/**
 * Starts guests of a node that start with it, in their order. Those that HA watches are HA's, and a locked one does not start.
 * @returns The task.
 */
export function startGuestsOf(node: PveNode, authId: string, vmids: readonly number[], force = false): string {
  return node.tasks.start({ type: "startall", id: "", authId }, async ({ log }) => {
    const due = node
      .allGuests()
      .filter((guest) => vmids.includes(guest.vmid) && (force || guest.config["onboot"] === "1"))
      .filter((guest) => !guest.running && guest.config["template"] !== "1" && !isWatched(node, guest))
      .toSorted((a, b) => orderOf(a) - orderOf(b) || a.vmid - b.vmid);
    for (const { type, vmid, config } of due) {
      const subject = `${kindOf(type)} ${vmid}`;
      log(`Starting ${subject}`);
      if (config["lock"] !== undefined) log(`Starting ${subject} failed: ${subject} is locked (${config["lock"]})`);
      else await node.systems.start(vmid);
    }
  });
}

/** Guests that HA ignores are nobody's, as those that it does not know. Source: pve-ha-manager, PVE/HA/Config.pm. */
function isWatched({ cluster }: PveNode, { type, vmid }: DeepReadonly<Guest>): boolean {
  const resource = cluster.ha.value.resources[`${type === "lxc" ? "ct" : "vm"}:${vmid}`];
  return resource !== undefined && resource["state"] !== "ignored";
}

/** Guests without an order come last. Source: pve-docs, qm.adoc, "Automatic Start and Shutdown". */
function orderOf({ config }: DeepReadonly<Guest>): number {
  return Number(/(?:^|,)order=(\d+)/.exec(config["startup"] ?? "")?.[1] ?? Number.MAX_SAFE_INTEGER);
}
