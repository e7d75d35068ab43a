/**
 * Writes what cloud-init reads at the first start of a backup server: time zone, package source and guest agent. No login, no
 * password and no private key stands in it; the way in is the guest agent.
 *
 * Standard input: `file=`, `host=` and `time_zone=`. The key by which packages are trusted is the node's own. The name of the
 * file never changes: to PVE another name is another machine. It is read once, so writing it again changes no machine.
 */
export const BACKUP_SERVER_SEED_SCRIPT = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
file='' host='' time_zone=''
while IFS='=' read -r key value; do
  case "$key" in
    file) file=$value ;;
    host) host=$value ;;
    time_zone) time_zone=$value ;;
  esac
done

refuse() {
  echo "backup server $host: $1" >&2
  exit 1
}

keyring=''
for candidate in /usr/share/keyrings/proxmox-archive-keyring.gpg /etc/apt/trusted.gpg.d/proxmox-release-trixie.gpg; do
  if [ -s "$candidate" ]; then keyring=$candidate && break; fi
done
[ -n "$keyring" ] || refuse "this node has no Proxmox package key of Debian 13; update the node to PVE 9, nothing was written"

folder=/var/lib/vz/snippets
mkdir -p "$folder"
umask 022
cat >"$folder/.$file.new" <<SEED
#cloud-config
hostname: $host
timezone: $time_zone
ssh_pwauth: false
disable_root: true
users: []
package_update: true
write_files:
  - path: /usr/share/keyrings/proxmox-archive-keyring.gpg
    encoding: b64
    content: $(base64 -w 0 "$keyring")
  - path: /etc/apt/sources.list.d/proxmox-backup.sources
    content: |
      Types: deb
      URIs: http://download.proxmox.com/debian/pbs
      Suites: trixie
      Components: pbs-no-subscription
      Signed-By: /usr/share/keyrings/proxmox-archive-keyring.gpg
packages: [qemu-guest-agent]
runcmd:
  - [systemctl, enable, --now, qemu-guest-agent.service]
SEED
mv "$folder/.$file.new" "$folder/$file"
printf '{"file":"%s"}\n' "$folder/$file"
`;
