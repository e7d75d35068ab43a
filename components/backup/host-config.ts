import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { HOST_ARCHIVES } from "./host-archives";
import { HOST_CONFIG_REMOVAL, HOST_CONFIG_SCRIPT, HOST_CONFIG_UNIT } from "./host-config-script";
import { type PbsStorage } from "./pbs-storage";

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
}

/**
 * The configuration of a node, every day, file by file and encrypted on the node: a systemd timer that starts Proxmox' own backup
 * client with {@link HOST_ARCHIVES}.
 *
 * PVE's backup jobs read guests and never the node beneath them. When this leaves the program the timer goes, and the
 * snapshots stay.
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

    this.registerOutputs({ backupGroup: this.backupGroup, timer: this.timer });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function hostConfigProblems({ node, at = USUAL_TIME }: Pick<HostConfigArgs, "node" | "at">): Problem[] {
  const problems = identifierProblems("node", "node", node);
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(at)) {
    problems.push({ path: "at", reason: `expected a time of the day such as "20:30", got "${at}"` });
  }
  return problems;
}

/** Before the nightly backup of the guests, so that both tell of the same evening. */
const USUAL_TIME = "20:30";

/** What the script reads: one `key=value` a line. */
function hostConfigLines({ node, storage, at = USUAL_TIME }: HostConfigArgs): pulumi.Output<string> {
  return pulumi
    .all([storage.storage, storage.repository, storage.fingerprint, storage.namespace])
    .apply(([entry, repository, fingerprint = "", namespace = ""]) =>
      [
        ...[`node=${node}`, `storage=${entry}`, `repository=${repository}`, `fingerprint=${fingerprint}`],
        ...[`namespace=${namespace}`, `at=${at}`],
        ...HOST_ARCHIVES.map(({ archive, path }) => `archive=${archive}:${path}`),
        "",
      ].join("\n"),
    );
}
