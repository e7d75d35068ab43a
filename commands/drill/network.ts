import * as z from "zod";

import { cardsOf } from "../../planning/host/network-card";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { get } from "../observe/site";

const FLAG = z.union([z.boolean(), z.number(), z.string()]).transform((value) => value === true || Number(value) === 1);
const ROW = z.looseObject({
  iface: z.string(),
  type: z.string(),
  active: FLAG.optional(),
  bridge_ports: z.string().nullish(),
  bridge_vlan_aware: FLAG.nullish(),
  address: z.string().nullish(),
  address6: z.string().nullish(),
  gateway: z.string().nullish(),
  gateway6: z.string().nullish(),
  method: z.string().nullish(),
  method6: z.string().nullish(),
  slaves: z.string().nullish(),
  "bond-primary": z.string().nullish(),
  "vlan-raw-device": z.string().nullish(),
  options: z.array(z.string()).nullish(),
});

/** An interface of a node, as its API lists it. */
export type Interface = z.infer<typeof ROW>;

/** A bridge that a drill would use. */
export interface DrillBridge {
  /** Node whose bridge it is. */
  readonly node: string;
  /** Its name. */
  readonly bridge: string;
  /** Whether a card of the drill takes a VLAN. */
  readonly vlans: boolean;
}

/**
 * Why a bridge cannot be said to lead nowhere; empty when it leads nowhere. A cable, an address, a VLAN device or another bridge on it
 * would each lead out; so would a command that runs when it comes up.
 */
export function leadsOut(rows: readonly Interface[], { node, bridge, vlans }: DrillBridge): string[] {
  const row = rows.find(({ iface }) => iface === bridge);
  if (row === undefined) return [`${node} has no bridge "${bridge}"`];
  if (row.type !== "bridge")
    return [`"${bridge}" on ${node} is no Linux bridge (${row.type}), and what it leads to is not seen`];
  const { address, address6, gateway, gateway6, method, method6, options } = row;
  const ports = words(row.bridge_ports);
  const has = (value: string | null | undefined) => value !== null && value !== undefined && value !== "";
  const dynamic = [method, method6].filter((how) => has(how) && how !== "manual");
  const commands = (options ?? []).filter((line) => /^\s*(?:pre-|post-)?(?:up|down)\b/.test(line));
  return [
    ...(row.active === true ? [] : [`"${bridge}" is not up on ${node}`]),
    ...(ports.length === 0 ? [] : [`"${bridge}" on ${node} has the cable of ${ports.join(", ")}`]),
    ...([address, address6, gateway, gateway6].some(has) || dynamic.length > 0
      ? [`${node} has an address on "${bridge}"`]
      : []),
    ...(commands.length === 0
      ? []
      : [`"${bridge}" on ${node} runs a command of its own: ${commands[0]?.trim() ?? ""}`]),
    ...rows.filter((other) => isOn(other, bridge)).map(({ iface }) => `${iface} of ${node} is on "${bridge}"`),
    ...(vlans && row.bridge_vlan_aware !== true
      ? [`"${bridge}" on ${node} passes no VLANs, which cards of the guests have`]
      : []),
  ];
}

/** Whether another interface has the bridge, or a VLAN of it, among what it stands on. */
function isOn(other: Interface, bridge: string): boolean {
  if (other.iface === bridge) return false;
  const beneath = [other["vlan-raw-device"], other["bond-primary"], other.bridge_ports, other.slaves].flatMap(words);
  return [other.iface, ...beneath].some((name) => name.startsWith(`${bridge}.`)) || beneath.includes(bridge);
}

function words(text: string | null | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "" && word !== "none");
}

/**
 * Looks whether a bridge leads nowhere, and whether nobody else is on it.
 * @param ours Numbers of the drill's own guests.
 * @throws {Error} Naming everything by which a guest of the drill could reach something that is not of the drill.
 */
export async function rejectOpen(pve: PveClient, wanted: DrillBridge, ours: ReadonlySet<number>): Promise<void> {
  const { node, bridge } = wanted;
  const rows = await get(pve.ask, z.array(ROW), `/nodes/${encodeURIComponent(node)}/network`);
  const client = new RestoreClient(pve);
  const here = (await client.guests()).filter((guest) => guest.node === node && !ours.has(guest.vmid));
  const others = await Promise.all(
    here.map(async ({ type, vmid, name = "" }) => {
      const cards = cardsOf(await client.lines({ node, type, vmid })).filter(({ place }) => place?.bridge === bridge);
      return cards.map(
        ({ slot }) => `${name} (${vmid}), which is not of the drill, has its card ${slot} on "${bridge}"`,
      );
    }),
  );
  const reasons = [...leadsOut(rows, wanted), ...others.flat()];
  if (reasons.length === 0) return;
  throw new Error(
    `It is not proved that guests of a drill on "${bridge}" of ${node} reach nobody else; none was started:\n` +
      `${reasons.map((reason) => `  - ${reason}`).join("\n")}\n` +
      "Cure: a bridge without ports and addresses for drills alone (docs/how-to/drill.md), or --alone, without network cards.",
  );
}
