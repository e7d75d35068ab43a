/** One thing for which root's shell on a node is needed. */
export interface RootShellUse {
  /** What is done, as a person is told before they are asked. */
  readonly what: string;
  /** The script, from the repository's root; undefined for what `make enrol` does itself. */
  readonly script?: string;
}

/** Everything that ever runs in root's shell on a node. A test finds a script that is not in this list. */
export const ROOT_SHELL_USES: readonly RootShellUse[] = [
  { what: "enrolling: pvesh makes the logins, once; no login of yours is kept" },
  {
    what: "ZFS pools: PVE's API can only make one by erasing disks, and adopts none",
    script: "components/storage/zfs-pool-script.ts",
  },
  {
    what: "a backup server in a VM: the file that it reads at its first start; PVE's API takes no such file",
    script: "components/backup/backup-server-seed-script.ts",
  },
  {
    what: "a backup server on the node itself: package, first login, and its fingerprint; PVE's API installs nothing",
    script: "components/backup/node-backup-server-script.ts",
  },
  {
    what: "the timers that back the configuration of the node, of the control VM and of a backup server that the program makes up, encrypted; PVE's backup jobs keep disks alone",
    script: "components/backup/host-config-script.ts",
  },
  {
    what: "a QDevice, where the settings name one: its package on each node, and pvecm; PVE's API only tells of it",
    script: "components/ha/qdevice-script.ts",
  },
  {
    what: "a WireGuard link to another place, where the settings name one: its key, its interface and its packet filter; PVE's API has none",
    script: "components/offsite/link-script.ts",
  },
  {
    what: "a ZFS dataset for copies of another site, with a quota and daily snapshots, where the settings ask for it; PBS's API has neither",
    script: "components/offsite/copy-dataset-script.ts",
  },
  {
    what: "the return guard, where the settings ask for it: two units that keep guests off at the node's start until it is known where they serve; PVE's API installs none",
    script: "components/recovery/return-guard-script.ts",
  },
  { what: "make guard, make guard-release, failback: they ask that guard, let it ask again, or let held guests start" },
  { what: "make restore-config: it lists such backups and reads one back into a new directory, when you run it" },
  {
    what: "make reattach: it gives guests whose disks survived their configuration back, when you run it; PVE's API makes none over disks of a container",
  },
];

/** The uses in lines for a person. */
export function rootShellLines(): string[] {
  return ROOT_SHELL_USES.map(({ what, script }) => `  * ${what}${script === undefined ? "" : ` (${script})`}`);
}
