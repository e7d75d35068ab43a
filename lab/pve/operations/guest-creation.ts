import { randomUUID } from "node:crypto";

import { requireConfigRights } from "../guests/config-rights";
import { networkLine } from "../guests/network-line";
import { newVolume } from "../guests/new-volume";
import { type Call } from "../operation";
import { impossible, notImplemented } from "../refusal";

export const DRIVE = /^(?:ide|sata|scsi|virtio)\d+$/;

/** Lines that the lab would not carry out. */
const UNKNOWN =
  /^(?:efidisk0|tpmstate0|hostpci\d+|virtiofs\d+|usb\d+|parallel\d+|unused\d+|args|hookscript|ha-managed)$/;
const APART = new Set(["vmid", "node", "start", "storage", "pool", "force", "unique", "bwlimit", "live-restore"]);

/** A new virtual machine with new, imported or attached disks. Source: qemu-server, src/PVE/API2/Qemu.pm, create_vm. */
export function createVm(call: Call): string {
  const { node, cluster, authId } = call;
  const vmid = Number(call.required("vmid"));
  cluster.require(authId, `/vms/${vmid}`, ["VM.Allocate"]);
  requireConfigRights(call, vmid);
  const strange = Object.keys(call.parameters).find((name) => UNKNOWN.test(name) || name === "pool");
  if (strange !== undefined) throw notImplemented(`POST /nodes/{node}/qemu with ${strange}`);
  for (const other of cluster.nodes.values())
    if (other.guests.value.guests[String(vmid)] !== undefined)
      throw impossible(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${other.name}'`);
  const { config, make } = linesOf(call, vmid);
  return node.tasks.start({ type: "qmcreate", id: String(vmid), authId }, async ({ log }) => {
    for (const work of make) work();
    const identity = { smbios1: `uuid=${randomUUID()}`, vmgenid: randomUUID(), meta: "creation-qemu=10.1.2,ctime=0" };
    node.guests.change(({ guests }) => {
      guests[String(vmid)] = { vmid, type: "qemu", running: false, config: { ...config, ...identity } };
    });
    log(`successfully created VM ${vmid}`);
    if (call.flag("start")) await node.systems.start(vmid);
  });
}

function linesOf(call: Call, vmid: number): { config: Record<string, string>; make: (() => void)[] } {
  const config: Record<string, string> = {};
  const make: (() => void)[] = [];
  const taken = new Set<string>();
  for (const [name, value] of Object.entries(call.except(...APART)).sort(([a], [b]) => a.localeCompare(b))) {
    if (DRIVE.test(name)) {
      const volume = newVolume(call, vmid, name, value, taken);
      config[name] = volume.line;
      make.push(volume.make);
    } else config[name] = /^net\d+$/.test(name) ? networkLine(value) : value.replace(/,$/, "");
  }
  return { config, make };
}
