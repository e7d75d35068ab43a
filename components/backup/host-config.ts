import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { isConfigDirectory } from "../../estate/units/config-directory";
import { isTimeOfDay } from "../../estate/units/time-of-day";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { HOST_ARCHIVES } from "./host-archives";
import { HOST_CONFIG_REMOVAL, HOST_CONFIG_SCRIPT, HOST_CONFIG_UNIT } from "./host-config-script";
import { type PbsStorage } from "./pbs-storage";

/** A virtual machine that holds configuration of the site: TAPPaaS' control VM, or a backup server. */
export interface ConfiguredGuest {
  /** Its VMID; its guest agent has to run. */
  readonly vmid: number;
  /** Name of its backup group, `host/<name>`. **Another name begins another group.** */
  readonly name: string;
  /** Directories that are kept, all in the archive `config`; one that is not there is passed over, all of them are an error. */
  readonly directories: readonly string[];
}

/** Arguments of {@link HostConfig}. */
export interface HostConfigArgs {
  /** Node whose configuration is kept, in the backup group `host/<node>`. **Another name begins another group.** */
  readonly node: string;
  /** Way to that node's shell, as root. */
  readonly shell: NodeShell;
  /** Storage entry whose server, login and key are used. Its secrets are read on the node, at each run. */
  readonly storage: PbsStorage;
  /** Time of the day, `HH:MM` by the node's clock; what was missed while it was off is caught up with. @default "20:30" */
  readonly at?: string;
  /**
   * Guests whose configuration the node keeps besides, while they are on it. In a cluster each node gets all of them, so that one
   * that moves is kept on. @default - none
   */
  readonly guests?: readonly ConfiguredGuest[];
}

/**
 * The configuration of a node, every day, file by file and encrypted on the node: a systemd timer that starts Proxmox' own backup
 * client with {@link HOST_ARCHIVES}.
 *
 * PVE's backup jobs read guests and never the node beneath them; of a guest they keep disks, from which no single file is read back
 * without the whole. What is in a guest comes to the node by its agent and is encrypted there: the key never goes to a guest, least
 * of all to the backup server. When this leaves the program the timers go, and the snapshots stay.
 *
 * @see https://pbs.proxmox.com/docs/backup-client.html
 */
export class HostConfig extends pulumi.ComponentResource {
  /** Backup group of its snapshots: `host/<node>`. */
  public readonly backupGroup: string;
  /** Timer on the node. */
  public readonly timer = `${HOST_CONFIG_UNIT}.timer`;

  constructor(name: string, args: HostConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:HostConfig", name, {}, opts);
    rejectProblems(this, `HostConfig "${name}"`, hostConfigProblems(args));

    const { node, shell, storage } = args;
    const scripts = { create: HOST_CONFIG_SCRIPT, delete: HOST_CONFIG_REMOVAL };
    const inputs = { connection: connectionOf(shell), ...scripts, stdin: hostConfigLines(args), ...QUIET };
    new remote.Command(name, inputs, { parent: this, dependsOn: [storage] });
    this.backupGroup = `host/${node}`;

    this.registerOutputs({ node, backupGroup: this.backupGroup, timer: this.timer });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function hostConfigProblems(args: Pick<HostConfigArgs, "node" | "at" | "guests">): Problem[] {
  const { node, at = USUAL_TIME, guests = [] } = args;
  const problems = [
    ...identifierProblems("node", "node", node),
    ...guests.flatMap((guest, index) => guestProblems(guest, `guests.${index}`)),
  ];
  const names = [node, ...guests.map(({ name }) => name)];
  if (new Set(names).size < names.length || new Set(guests.map(({ vmid }) => vmid)).size < guests.length) {
    problems.push({ path: "guests", reason: "expected names and VMIDs of their own: each name is a backup group" });
  }
  if (!isTimeOfDay(at)) {
    problems.push({ path: "at", reason: `expected a time of the day such as "20:30", got "${at}"` });
  }
  return problems;
}

function guestProblems({ vmid, name, directories }: ConfiguredGuest, path: string): Problem[] {
  const problems: Problem[] = [];
  if (!Number.isInteger(vmid) || vmid < 100)
    problems.push({ path: `${path}.vmid`, reason: `expected a VMID, got ${vmid}` });
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name)) {
    problems.push({ path: `${path}.name`, reason: `expected letters, digits, "-" and ".", got "${name}"` });
  }
  if (directories.length === 0)
    problems.push({ path: `${path}.directories`, reason: "expected at least one, got none" });
  for (const directory of directories) {
    if (isConfigDirectory(directory)) continue;
    const reason = `expected a directory such as "/home/tappaas/config", got "${directory}"`;
    problems.push({ path: `${path}.directories`, reason });
  }
  return problems;
}

/** Before the nightly backup of the guests, so that both tell of the same evening. */
const USUAL_TIME = "20:30";

/** What the script reads: one `key=value` a line. */
function hostConfigLines({ node, storage, at = USUAL_TIME, guests = [] }: HostConfigArgs): pulumi.Output<string> {
  const master = storage.encryptionKey.masterPublicKey !== undefined;
  return pulumi
    .all([storage.storage, storage.repository, storage.fingerprint, storage.namespace])
    .apply(([entry, repository, fingerprint = "", namespace = ""]) =>
      [
        ...[`node=${node}`, `storage=${entry}`, `repository=${repository}`, `fingerprint=${fingerprint}`],
        ...[`namespace=${namespace}`, `at=${at}`, ...(master ? ["master=yes"] : [])],
        ...HOST_ARCHIVES.map(({ archive, path }) => `archive=${archive}:${path}`),
        ...guests.map(({ vmid, name, directories }) => `guest=${vmid}:${name}:${directories.join(" ")}`),
        "",
      ].join("\n"),
    );
}
