import { DR_HOST_PRIVILEGES, PVE_ROLES } from "../../provider/rights/pve-rights";
import { diskPoolSteps, firstSteps } from "./debian";

/** What a machine of AWS is to become. */
export interface CloudHostPlan {
  /** Region of AWS. */
  readonly region: string;
  /** Name of the node. */
  readonly node: string;
  /** Identifier of the disk for guests, `vol-0123456789abcdef0`. */
  readonly volume: string;
  /** Pool and storage entry on that disk. */
  readonly storage: string;
  /** Bridge behind which guests reach the internet; the node is their router. */
  readonly bridge: string;
  /** The node's address on it, with the length of its prefix. */
  readonly address: string;
  /** Bridge without a cable and without an address, for all other networks of the site. */
  readonly inner: string;
}

/**
 * What a machine of AWS does at its first start to become a Proxmox node: package source, kernel, PVE, two bridges, and a unit that makes
 * pool, storage entry and the user with exactly the rights of a rebuild. No login is made: its owner makes the token, over a session.
 *
 * A network of AWS delivers only to the machine's own address, so no guest can be bridged into it: the node routes, and guests
 * reach out through its address.
 * @see https://pve.proxmox.com/wiki/Install_Proxmox_VE_on_Debian_13_Trixie
 * @see https://pve.proxmox.com/wiki/Network_Configuration (Routed Configuration, Masquerading)
 */
export function cloudHostScript({ region, node, volume, storage, bridge, address, inner }: CloudHostPlan): string {
  return String.raw`${firstSteps("pve", region)}mkdir -p /etc/cloud/cloud.cfg.d /etc/network /etc/tappaas /etc/systemd/system
printf 'preserve_hostname: true\nmanage_etc_hosts: false\n' >/etc/cloud/cloud.cfg.d/99-tappaas.cfg
echo ${node} >/etc/hostname
own=$(ip -4 -o address show scope global | awk 'NR == 1 { split($4, parts, "/"); print parts[1] }')
printf '127.0.0.1 localhost\n%s %s.local %s\n' "$own" ${node} ${node} >/etc/hosts
cat >/etc/network/interfaces <<'INTERFACES'
auto lo
iface lo inet loopback

auto ${bridge}
iface ${bridge} inet static
  address ${address}
  bridge-ports none
  bridge-stp off
  bridge-fd 0
  post-up sysctl -q -w net.ipv4.ip_forward=1
  post-up nft -f /etc/tappaas/masquerade.nft

auto ${inner}
iface ${inner} inet manual
  bridge-ports none
  bridge-stp off
  bridge-fd 0
  bridge-vlan-aware yes
  bridge-vids 2-4094
INTERFACES
cat >/etc/tappaas/masquerade.nft <<'NFT'
table ip tappaas_out
delete table ip tappaas_out
table ip tappaas_out {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    iifname "${bridge}" oifname != "${bridge}" masquerade
  }
}
NFT
apt-get install -q -y proxmox-default-kernel proxmox-ve nftables zfsutils-linux

cat >/etc/tappaas/cloud-host <<'HOST'
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
${diskPoolSteps(storage, volume)}
has() { pvesh get "$1" --output-format json >/dev/null 2>&1; }
has /storage/${storage} || pvesm add zfspool ${storage} --pool ${storage} --content images,rootdir --sparse 1
has /access/roles/${PVE_ROLES.drHost} || pvesh create /access/roles --roleid ${PVE_ROLES.drHost} --privs "${DR_HOST_PRIVILEGES.join(" ")}"
has /access/users/${CLOUD_USER} || pvesh create /access/users --userid ${CLOUD_USER}
pvesh set /access/acl --path / --users ${CLOUD_USER} --roles ${PVE_ROLES.drHost}
HOST
cat >/etc/systemd/system/tappaas-cloud-host.service <<'UNIT'
[Unit]
Description=Disk and login of a rebuilt site
After=pve-cluster.service pvedaemon.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /etc/tappaas/cloud-host
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable tappaas-cloud-host.service
reboot
`;
}

/** User whose token restores there. */
export const CLOUD_USER = "home@pve";
