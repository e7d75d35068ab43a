import { backupClient } from "./backup-client";
import { HA_MANAGER, PVECM, PVESR } from "./cluster-tools";
import { ssh, withQuorumDevice } from "./quorum-device";
import { getent } from "./getent";
import { guestCommands } from "./guests";
import { PVESM } from "./pvesm";
import { pvesh } from "./pvesh";
import { PVEUM } from "./pveum";
import { runSubcommand, tool } from "./tool";
import { type GuestType } from "../guests/guest";
import { ClusterLife } from "../life/cluster-life";
import { type PveNode } from "../node";
import { failed, printed, type Program } from "../../core/program";

/** The programs that PVE brings to a node's shell. */
export function programsOf(node: PveNode): Readonly<Record<string, Program>> {
  const restore = { operation: "POST /nodes/{node}/qemu", operands: ["archive", "vmid"] };
  return {
    getent: getent(node),
    "ha-manager": withMaintenance(node, tool(node, "ha-manager", HA_MANAGER)),
    "proxmox-backup-client": backupClient(node),
    pct: withUnlock(node, "lxc", tool(node, "pct", guestCommands("lxc"))),
    pvecm: withQuorumDevice(node, tool(node, "pvecm", PVECM)),
    pvesh: (argv) => pvesh(node, argv),
    pvesm: tool(node, "pvesm", PVESM),
    pvesr: tool(node, "pvesr", PVESR),
    pveum: tool(node, "pveum", PVEUM),
    qm: withUnlock(node, "qemu", tool(node, "qm", guestCommands("qemu"))),
    qmrestore: (argv) => runSubcommand(node, restore, argv),
    ssh: ssh(node),
    systemctl: (argv) => systemctl(node, argv),
    vzdump: (argv) => vzdump(node, argv),
  };
}

/** `vzdump VMID...`: of guests on other nodes it says nothing and succeeds. Source: pve-manager, PVE/API2/VZDump.pm. */
function vzdump(node: PveNode, argv: readonly string[]): ReturnType<Program> {
  const operands = /^\d/.test(argv[0] ?? "") ? ["vmid..."] : [];
  return runSubcommand(node, { operation: "POST /nodes/{node}/vzdump", operands }, argv);
}

/** `crm-command node-maintenance enable|disable NODE`: no operation does it. Source: pve-ha-manager, src/PVE/CLI/ha_manager.pm. */
function withMaintenance(node: PveNode, program: Program): Program {
  return (argv) => {
    const [command, subject, verb = "", name = ""] = argv;
    if (command !== "crm-command" || subject !== "node-maintenance") return program(argv);
    if (!["enable", "disable"].includes(verb))
      return failed(255, `ERROR: unknown command 'ha-manager ${argv.join(" ")}'`);
    const life = ClusterLife.of(node.cluster);
    if (life === undefined || !node.cluster.nodes.has(name)) return failed(255, `no such cluster node '${name}'`);
    life.act((one) => {
      one.command(`${verb}-node-maintenance ${name}`);
    });
    return printed("");
  };
}

/** `reboot` and `poweroff`; nothing else of systemd is here. */
function systemctl(node: PveNode, [verb = ""]: readonly string[]): ReturnType<Program> {
  const life = ClusterLife.of(node.cluster);
  if (life === undefined || (verb !== "reboot" && verb !== "poweroff"))
    return failed(1, `Unknown command verb '${verb}'.`);
  life.act((one) => {
    one.shutDown(node.name, verb);
  });
  return printed("");
}

/** `unlock VMID`: the programs themselves take a guest's lock away; no operation does. */
function withUnlock(node: PveNode, type: GuestType, program: Program): Program {
  return (argv) => {
    if (argv[0] !== "unlock") return program(argv);
    const vmid = argv[1] ?? "";
    if (node.guests.value.guests[vmid]?.type !== type) {
      const directory = type === "qemu" ? "qemu-server" : "lxc";
      return failed(2, `Configuration file 'nodes/${node.name}/${directory}/${vmid}.conf' does not exist`);
    }
    node.guests.change(({ guests }) => Reflect.deleteProperty(guests[vmid]?.config ?? {}, "lock"));
    return printed("");
  };
}
