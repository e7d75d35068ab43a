/** A directory of a node that is kept file by file. */
export interface HostArchive {
  /** Name of the archive in the snapshot, without `.pxar`. */
  readonly archive: string;
  /** Directory. Other file systems that are mounted below it stay out. */
  readonly path: string;
  /** What of it a node that is set up anew is missing. */
  readonly holds: string;
  /** Where it says that this is the place. */
  readonly source: string;
}

/**
 * What makes a node this node, beside its guests. Two directories are enough: /etc/pve is a file system of its own, and what
 * Proxmox' programs and Debian keep of a machine's configuration lies in /etc, the backup server's in /etc/proxmox-backup, too.
 *
 * All of it is secret: password hashes, host keys, tokens, the CA's key. It leaves the node encrypted or not at all.
 */
export const HOST_ARCHIVES: readonly HostArchive[] = [
  {
    archive: "pve",
    path: "/etc/pve",
    holds:
      "guests' configurations, storages and their logins, backup jobs, users and rights, HA, firewall, certificates",
    source: "https://pve.proxmox.com/pve-docs/chapter-pmxcfs.html#_file_system_layout",
  },
  {
    archive: "etc",
    path: "/etc",
    holds:
      "network (/etc/network/interfaces), names, mounts, SSH host keys, package sources, corosync, ZFS, units; of a backup " +
      "server on the node /etc/proxmox-backup: datastores, users, jobs, certificate",
    source: "https://pve.proxmox.com/pve-docs/chapter-sysadmin.html#sysadmin_network_configuration",
  },
];
