import { HA_MANAGER, PVECM, PVESR } from "./cluster-tools";
import { guestCommands } from "./guests";
import { PVESM } from "./pvesm";
import { pvesh } from "./pvesh";
import { PVEUM } from "./pveum";
import { runSubcommand, tool } from "./tool";
import { type PveNode } from "../node";
import { type Program } from "../../core/program";

/** The programs that PVE brings to a node's shell. */
export function programsOf(node: PveNode): Readonly<Record<string, Program>> {
  const restore = { operation: "POST /nodes/{node}/qemu", operands: ["archive", "vmid"] };
  return {
    "ha-manager": tool(node, "ha-manager", HA_MANAGER),
    pct: tool(node, "pct", guestCommands("lxc")),
    pvecm: tool(node, "pvecm", PVECM),
    pvesh: (argv) => pvesh(node, argv),
    pvesm: tool(node, "pvesm", PVESM),
    pvesr: tool(node, "pvesr", PVESR),
    pveum: tool(node, "pveum", PVEUM),
    qm: tool(node, "qm", guestCommands("qemu")),
    qmrestore: (argv) => runSubcommand(node, restore, argv),
    vzdump: (argv) => vzdump(node, argv),
  };
}

/** `vzdump VMID...`: of guests on other nodes it says nothing and succeeds. Source: pve-manager, PVE/API2/VZDump.pm. */
function vzdump(node: PveNode, argv: readonly string[]): ReturnType<Program> {
  const operands = /^\d/.test(argv[0] ?? "") ? ["vmid..."] : [];
  return runSubcommand(node, { operation: "POST /nodes/{node}/vzdump", operands }, argv);
}
