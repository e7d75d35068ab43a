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
  /** The newest backup not later than this. @default - the newest of all */
  readonly before?: Date;
}

/** How a restore ended. */
export interface Restored {
  /** Exit code of the command. */
  readonly code: number;
  /** What it said meanwhile. */
  readonly stderr: string;
  /** VMID of the guest that was backed up; undefined when nothing was read. */
  readonly vmid: number | undefined;
  /** When the backup was taken that was read, RFC 3339; undefined when nothing was read. */
  readonly time: string | undefined;
}

/**
 * Lets the lab's first night come where none has been: until then there is nothing to read back, as on a real site on the day on
 * which it is set up.
 */
export function ensureFirstNight({ places, sheet }: LabSite): void {
  const tasksOf = (node: string) => JSON.parse(askLab(places, "tasks", node)) as readonly { readonly type: string }[];
  if (Object.keys(sheet.nodes).some((node) => tasksOf(node).some(({ type }) => type === "vzdump"))) return;
  process.stderr.write("No night has been on the lab yet: its backup job runs now, as it would at 21:00.\n");
  askLab(places, "run-jobs");
}

/**
 * Reads a guest back with the project's own command, on a node that knows only the PBS's address, a login and the escrow
 * sheet. Passwords go by the environment and never as arguments.
 */
export async function restoreOnLab({ stack, sheet, places }: LabSite, order: LabRestore): Promise<Restored> {
  const { guest, to, node, before } = order;
  const machine = sheet.nodes[node];
  const [server] = Object.values(sheet.pbs);
  if (machine === undefined || server === undefined) {
    throw new Error(`The lab has no node "${node}"; it has ${Object.keys(sheet.nodes).join(", ")}.`);
  }
  const target = ["--pve", machine.api, "--pve-ca", sheet.ca, "--pve-login", "root@pam", "--node", node];
  const what = ["--guest", guest, "--to", to, "--escrow-file", places.escrowFile, "--pbs-login", "root@pam"];
  if (before !== undefined) what.push("--before", before.toISOString());
  const env = {
    PVE_PASSWORD: machine.logins["root@pam"].password,
    PBS_PASSWORD: server.logins["root@pam"].password,
  };
  const { code, stdout, stderr } = await stack.command(["restore", ...what, ...target, "--json"], { env, quiet: true });
  process.stderr.write(stderr);
  if (code !== 0) return { code, stderr, vmid: undefined, time: undefined };
  const { snapshot, seconds } = JSON.parse(stdout) as Report;
  console.log(
    `${snapshot.name} of ${snapshot.time} restored in ${seconds.toFixed(1)} s, not started: ${to} on ${node}`,
  );
  return { code, stderr, vmid: snapshot.vmid, time: snapshot.time };
}

interface Report {
  readonly snapshot: { readonly vmid: number; readonly name: string; readonly time: string };
  readonly seconds: number;
}

interface Content {
  readonly disks: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** Compares what the restored guest's disks hold with the living guest's, byte for byte, by their digests. */
export function compareGuest(
  { places, sheet }: Pick<LabSite, "places" | "sheet">,
  vmid: number,
  { to, node }: LabRestore,
): number {
  const contentOf = (where: string, guest: string) => JSON.parse(askLab(places, "content", where, guest)) as Content;
  const living = contentOf(holderOf({ places, sheet }, vmid), String(vmid)).disks;
  const restored = contentOf(node, to).disks;
  for (const [disk, { bytes, sha256 }] of Object.entries(living)) {
    const verdict = restored[disk]?.sha256 === sha256 ? "identical" : "DIFFERENT";
    console.log(`${disk}: ${verdict}, ${bytes} bytes, sha256 ${sha256}`);
  }
  const same = Object.entries(living).every(([disk, { sha256 }]) => restored[disk]?.sha256 === sha256);
  return Object.keys(living).length > 0 && same ? 0 : 1;
}

/** Node of the lab that has the guest. */
function holderOf({ places, sheet }: Pick<LabSite, "places" | "sheet">, vmid: number): string {
  const [first = "", ...others] = Object.keys(sheet.nodes);
  const has = (node: string): boolean => {
    try {
      askLab(places, "content", node, String(vmid));
      return true;
    } catch {
      return false;
    }
  };
  return [first, ...others].find(has) ?? first;
}
