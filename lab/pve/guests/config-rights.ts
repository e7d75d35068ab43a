import { type Call } from "../operation";
import { splitList } from "../formats";

const OPTIONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:cores|cpu|cpulimit|cpuunits|numa|numa\d+|sockets|vcpus|affinity|smp)$/, "VM.Config.CPU"],
  [/^(?:memory|swap|balloon|shares|hugepages|allow-ksm)$/, "VM.Config.Memory"],
  [/^(?:net\d+|nameserver|searchdomain|hostname)$/, "VM.Config.Network"],
  [/^(?:cicustom|ciuser|cipassword|citype|ciupgrade|sshkeys|ipconfig\d+)$/, "VM.Config.Cloudinit"],
  [/^(?:agent|bios|machine|scsihw|vga|serial\d+|audio0|rng0|watchdog|efidisk0|tpmstate0|hotplug)$/, "VM.Config.HWType"],
];
const DRIVE = /^(?:ide|sata|scsi|virtio)\d+$/;
/** What names the request and is no line of the config. */
const APART = new Set(["vmid", "node", "digest", "delete", "revert", "force", "skiplock", "start", "storage", "pool"]);

/** Demands the privilege of each line that is set or deleted. Source: qemu-server, src/PVE/API2/Qemu.pm, check_vm_modify_config_perm. */
export function requireConfigRights(call: Call, vmid: number, apart: readonly string[] = []): void {
  const given = Object.keys(call.parameters).filter((name) => !APART.has(name) && !apart.includes(name));
  for (const name of [...given, ...splitList(call.text("delete") ?? "")])
    call.cluster.require(call.authId, `/vms/${vmid}`, [privilegeFor(name, call.text(name) ?? "")]);
  const bridges = given.flatMap((name) => (/^net\d+$/.test(name) ? [bridgeOf(call.text(name) ?? "")] : []));
  for (const bridge of bridges.filter((one) => one !== undefined))
    call.cluster.require(call.authId, `/sdn/zones/localnetwork/${bridge}`, ["SDN.Use"]);
}

function privilegeFor(name: string, value: string): string {
  if (DRIVE.test(name)) {
    if (/:cloudinit(?:,|$)/.test(value)) return "VM.Config.Cloudinit";
    return value.includes("media=cdrom") ? "VM.Config.CDROM" : "VM.Config.Disk";
  }
  return OPTIONS.find(([pattern]) => pattern.test(name))?.[1] ?? "VM.Config.Options";
}

function bridgeOf(line: string): string | undefined {
  return /(?:^|,)bridge=([^,]+)/.exec(line)?.[1];
}
