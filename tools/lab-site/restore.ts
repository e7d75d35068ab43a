import { askLab } from "./lab";
import { type LabSite } from "./prepare";

/** What is read back, and where to. */
export interface LabRestore {
  /** Name or VMID of the guest. */
  readonly guest: string;
  /** VMID of the restored guest. */
  readonly to: string;
  /** Node that reads it back. */
  readonly node: string;
}

/**
 * Reads a guest back with the project's own command, on a node that knows only the PBS's address, a login and the escrow
 * sheet. Passwords go by the environment and never as arguments.
 */
export async function restoreOnLab(
  { stack, sheet, places }: LabSite,
  { guest, to, node }: LabRestore,
): Promise<number> {
  const machine = sheet.nodes[node];
  const [server] = Object.values(sheet.pbs);
  if (machine === undefined || server === undefined) {
    throw new Error(`The lab has no node "${node}"; it has ${Object.keys(sheet.nodes).join(", ")}.`);
  }
  const target = ["--pve", machine.api, "--pve-ca", sheet.ca, "--pve-login", "root@pam", "--node", node];
  const what = ["--guest", guest, "--to", to, "--escrow-file", places.escrowFile, "--pbs-login", "root@pam"];
  const secrets = {
    PVE_PASSWORD: machine.logins["root@pam"].password,
    PBS_PASSWORD: server.logins["root@pam"].password,
  };
  const { code } = await stack.command(["restore", ...what, ...target], { env: secrets });
  return code;
}

interface Content {
  readonly disks: Readonly<Record<string, string>>;
}

/** Compares what the restored guest's disks hold with the living guest's, byte for byte, by their digests. */
export function compareGuest({ places, sheet }: LabSite, { guest, to, node }: LabRestore): number {
  const source = Object.keys(sheet.nodes).find((name) => name !== node) ?? node;
  const [living, restored] = [
    contentOf(askLab(places, "content", source, guest)),
    contentOf(askLab(places, "content", node, to)),
  ];
  const disks = Object.keys(living.disks);
  const different = disks.filter((disk) => living.disks[disk] !== restored.disks[disk]);
  for (const disk of disks)
    console.log(`${disk}: ${different.includes(disk) ? "DIFFERENT" : "identical"} sha256 ${living.disks[disk] ?? ""}`);
  return disks.length > 0 && different.length === 0 ? 0 : 1;
}

function contentOf(text: string): Content {
  return JSON.parse(text) as Content;
}
