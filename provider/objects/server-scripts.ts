import { NO_ENTERPRISE } from "../../estate/units/enterprise-source";
import { guestScript, type Told } from "./guest-script";

/** A script for the backup server's machine. Nothing that it is told is secret. */
export function serverScript(body: string, told: Told): string {
  return guestScript("backup-server", body, told);
}

/** Waits for cloud-init, installs what it left out, and gives the machine the nodes' time zone. */
export const INSTALL = `cloud-init status --wait >/dev/null 2>&1 || true
if [ "$(dpkg-query -W -f '\${db:Status-Status}' proxmox-backup-server 2>/dev/null || true)" != installed ]; then
  dpkg --configure -a >&2
  apt-get update -q >&2
  apt-get install -q -y --no-install-recommends proxmox-backup-server >&2
fi
${NO_ENTERPRISE}
[ "$(timedatectl show -p Timezone --value)" = "$time_zone" ] || timedatectl set-timezone "$time_zone"
systemctl enable --now proxmox-backup.service proxmox-backup-proxy.service >&2`;

/**
 * Mounts the data disk by its UUID and lets the backup server wait for it at each boot. A filesystem is made only on a disk
 * that is provably empty: no partition, no signature, and nothing but zeros at its beginning and its end.
 */
export const MOUNT = `[ -e "$disk" ] || refuse "the data disk $disk is not there; attach it to this machine"
device=$(readlink -f "$disk")
[ "$(lsblk -n -r -o NAME "$device" | wc -l)" = 1 ] ||
  refuse "the data disk has partitions, expected none; nothing was written to it"
signatures=$(wipefs --noheadings --output TYPE "$device")
if [ -z "$signatures" ]; then
  size=$(blockdev --getsize64 "$device")
  beginning=$((size < 67108864 ? size : 67108864))
  cmp -s -n "$beginning" "$device" /dev/zero && cmp -s -i "$((size - 1048576)):0" -n 1048576 "$device" /dev/zero ||
    refuse "the data disk has no filesystem and is not empty; look at it, nothing was written to it"
  mkfs.ext4 -q -L tappaas-backup "$device" >&2
fi
kind=$(blkid -p -s TYPE -o value "$device")
case "$kind" in
  ext4 | xfs) ;;
  *) refuse "the data disk carries $kind, expected ext4 or xfs of a backup server; nothing was written to it" ;;
esac
uuid=$(blkid -p -s UUID -o value "$device")
unit=$(systemd-escape -p --suffix=mount "$mount_point")
written() {
  mkdir -p "$(dirname "$1")"
  if [ "$(cat "$1" 2>/dev/null || true)" = "$2" ]; then return; fi
  printf '%s\\n' "$2" >"$1.new"
  mv "$1.new" "$1"
}
written "/etc/systemd/system/$unit" "[Unit]
Description=Disk of the backups
[Mount]
What=/dev/disk/by-uuid/$uuid
Where=$mount_point
Type=$kind
[Install]
WantedBy=multi-user.target"
for service in proxmox-backup proxmox-backup-proxy; do
  written "/etc/systemd/system/$service.service.d/tappaas-data-disk.conf" "[Unit]
RequiresMountsFor=$mount_point"
done
systemctl daemon-reload >&2
systemctl enable --now "$unit" >&2
[ "$(findmnt -n -o UUID "$mount_point")" = "$uuid" ] || refuse "something else is mounted on $mount_point; unmount it"
systemctl start proxmox-backup.service proxmox-backup-proxy.service >&2`;

/** Makes the user, without a password, when it is not there; prints its tokens. */
export const USER = `proxmox-backup-manager user list --output-format json | grep -Fq "\\"userid\\":\\"$user\\"" ||
  proxmox-backup-manager user create "$user" --comment "TAPPaaS Resilience" >&2
proxmox-backup-manager user list-tokens "$user" --output-format json`;

/** Makes a token whose name is free, and gives it and its user the right to manage; prints its secret, once. */
export const TOKEN = `proxmox-backup-manager acl update / Admin --auth-id "$user" >&2
proxmox-backup-manager user generate-token "$user" "$token"
proxmox-backup-manager acl update / Admin --auth-id "$user!$token" >&2`;

/** What the machine is, as JSON; it changes nothing. */
export const REPORT = `have() { if "$@" >/dev/null 2>&1; then echo true; else echo false; fi; }
fingerprint=$(openssl x509 -in /etc/proxmox-backup/proxy.pem -noout -fingerprint -sha256 2>/dev/null | cut -d= -f2 || true)
host_key=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || true)
printf '{"fingerprint":"%s","hostKey":"%s","timeZone":"%s","mounted":%s,"holdsBackups":%s,"serves":%s}\\n' \\
  "$fingerprint" "$host_key" "$(timedatectl show -p Timezone --value)" "$(have findmnt -n "$mount_point")" \\
  "$(have test -d "$mount_point/$datastore/.chunks")" "$(have systemctl is-active proxmox-backup-proxy.service)"`;
