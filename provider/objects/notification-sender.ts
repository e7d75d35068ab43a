import { type PbsClient } from "../clients/pbs-client";
import { type PveClient } from "../clients/pve-client";
import { demandSight, type Site } from "./site";

/** Which product sends messages: both have the same notification system. */
export type Sender = "pve" | "pbs";

/** The product by its name for people. */
export const SENDER_NAMES: Readonly<Record<Sender, string>> = { pve: "Proxmox VE", pbs: "Proxmox Backup Server" };

/** Client of the product that sends. */
export function senderOf(site: Site, sender: Sender): PveClient | PbsClient {
  return sender === "pve" ? site.pve() : site.pbs();
}

/** Makes sure that targets and rules that do not show are not there, and not merely hidden. */
export function demandSightOfMessages(site: Site, sender: Sender): Promise<void> {
  return sender === "pve"
    ? demandSight(site.pve(), "/mapping/notifications", "Mapping.Audit")
    : demandSight(site.pbs(), "/system/notifications", "Sys.Audit");
}
