import { serverMemoryFor } from "../../estate/units/server-memory";
import { isSize, toBytes, type Size } from "../../estate/units/size";
import { identifierProblems } from "../internal/identifiers";
import { type Problem } from "../internal/problems";
import { type NodeShell } from "../storage/zfs-pool";

/** Arguments of {@link BackupServer}. */
export interface BackupServerArgs {
  /** Node on which the machines are made. Where they are later is PVE's business. */
  readonly node: string;
  /** Way to that node, for the file that cloud-init reads. */
  readonly shell: NodeShell;
  /** VMID of the server. **Another number is another server**: that is how its system is replaced. */
  readonly vmid: number;
  /** VMID of the machine that owns the data disk and is never started. **Never changes.** */
  readonly dataVmid: number;
  /** Storage of the system disk, `tanka1`. */
  readonly systemStorage: string;
  /** Storage of the data disk: not one on which the guests live, or both are lost at once. */
  readonly dataStorage: string;
  /** Size of the data disk. It can grow and never shrinks. */
  readonly dataSize: Size;
  /** Memory. @default - 4 GiB and 1 GiB for each TiB of the data disk; less is refused */
  readonly memory?: Size;
  /** Processor cores. @default 2 */
  readonly cores?: number;
  /** Address with its prefix, `10.0.0.12/24`. PVE's storage entry points to it: **it never changes.** */
  readonly address: string;
  /** Router, `10.0.0.1`. */
  readonly gateway: string;
  /** Name servers. @default - the node's */
  readonly nameServers?: readonly string[];
  /** Bridge. @default "vmbr0" */
  readonly bridge?: string;
  /** VLAN tag, 1 to 4094. @default - none */
  readonly vlan?: number;
  /** Debian 13 cloud image (qcow2, genericcloud): address and SHA-512. Read once, when the server is made. */
  readonly image: { readonly url: string; readonly sha512: string };
  /** Storage of the node for the image; it holds `import`. The file that cloud-init reads lies on `local`, which holds `snippets`. @default "local" */
  readonly imageStorage?: string;
  /** Time zone of the nodes, for every schedule is local time. */
  readonly timeZone: string;
  /** Name of the datastore that is to lie on the data disk. **Never changes.** */
  readonly datastore: string;
  /** User by which the program manages the server; it has no password. @default "pulumi@pbs" */
  readonly userId?: string;
  /** Name of its token. @default "server" */
  readonly tokenName?: string;
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function backupServerProblems(args: Omit<BackupServerArgs, "shell">): Problem[] {
  const { node, systemStorage, dataStorage, image, datastore } = args;
  return [
    ...identifierProblems("node", "node", node),
    ...identifierProblems("storage", "systemStorage", systemStorage),
    ...identifierProblems("storage", "dataStorage", dataStorage),
    ...identifierProblems("pbsId", "datastore", datastore),
    ...machineProblems(args),
    ...networkProblems(args),
    ...(/^https:\/\/\S+\.qcow2$/.test(image.url)
      ? []
      : [{ path: "image.url", reason: `expected an https address of a .qcow2 image, got "${image.url}"` }]),
    ...(/^[0-9a-f]{128}$/.test(image.sha512)
      ? []
      : [
          {
            path: "image.sha512",
            reason: "expected 128 hexadecimal digits; take them from SHA512SUMS beside the image",
          },
        ]),
  ];
}

function machineProblems({ vmid, dataVmid, dataSize, memory }: Omit<BackupServerArgs, "shell">): Problem[] {
  const problems: Problem[] = [];
  for (const [path, value] of Object.entries({ vmid, dataVmid })) {
    if (Number.isInteger(value) && value >= 100 && value <= 999_999_999) continue;
    problems.push({ path, reason: `expected a VMID from 100 to 999999999, got ${value}` });
  }
  if (vmid === dataVmid) {
    const reason = "expected a machine of its own for the data disk, so that the system can be replaced without it";
    problems.push({ path: "dataVmid", reason });
  }
  if (!isSize(dataSize) || toBytes(dataSize) % 1024 ** 3 !== 0) {
    problems.push({ path: "dataSize", reason: `expected whole GiB such as "4 TiB", got "${dataSize}"` });
  } else if (memory !== undefined && (!isSize(memory) || toBytes(memory) < toBytes(serverMemoryFor(dataSize)))) {
    const least = serverMemoryFor(dataSize);
    problems.push({ path: "memory", reason: `expected at least "${least}" for "${dataSize}", got "${memory}"` });
  }
  return problems;
}

const IPV4 = String.raw`(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)`;

function networkProblems({ address, gateway, vlan, timeZone }: Omit<BackupServerArgs, "shell">): Problem[] {
  const problems: Problem[] = [];
  if (!new RegExp(String.raw`^${IPV4}/(?:[89]|[12]\d|3[0-2])$`).test(address))
    problems.push({
      path: "address",
      reason: `expected an address with its prefix such as "10.0.0.12/24", got "${address}"`,
    });
  if (!new RegExp(`^${IPV4}$`).test(gateway))
    problems.push({ path: "gateway", reason: `expected an address such as "10.0.0.1", got "${gateway}"` });
  if (vlan !== undefined && !(Number.isInteger(vlan) && vlan >= 1 && vlan <= 4094))
    problems.push({ path: "vlan", reason: `expected a tag from 1 to 4094, got ${vlan}` });
  if (!/^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)*$/.test(timeZone))
    problems.push({ path: "timeZone", reason: `expected a time zone such as "Europe/Amsterdam", got "${timeZone}"` });
  return problems;
}
