import { NO_ENTERPRISE } from "../../estate/units/enterprise-source";
import { diskPoolSteps, firstSteps } from "../cloud/debian";

/** Pool on the disk of copies. */
export const VAULT_POOL = "vault";

/**
 * What a machine of AWS does at its first start to become a backup server: package source, kernel with ZFS, server, and a unit that
 * brings the pool up at each start. Then it starts again, with that kernel.
 *
 * The pool is made on a disk on which nothing is, and never by force: a disk with a pool of that name is imported, one with anything else
 * is left as it is, and the machine says so on its console.
 * @param volume Identifier of the disk, `vol-0123456789abcdef0`.
 */
export function vaultMachineScript(region: string, volume: string): string {
  return String.raw`${firstSteps("pbs", region)}apt-get install -q -y proxmox-default-kernel proxmox-backup-server zfsutils-linux
${NO_ENTERPRISE}

mkdir -p /etc/tappaas /etc/systemd/system
cat >/etc/tappaas/vault-disk <<'POOL'
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
${diskPoolSteps(VAULT_POOL, volume)}
POOL
cat >/etc/systemd/system/tappaas-vault-disk.service <<'UNIT'
[Unit]
Description=Disk of copies
Before=proxmox-backup.service proxmox-backup-proxy.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /etc/tappaas/vault-disk
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable tappaas-vault-disk.service
reboot
`;
}
