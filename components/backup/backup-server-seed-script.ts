/**
 * Writes what cloud-init reads at the first start of a backup server: time zone, package source and guest agent. No login, no
 * password and no private key stands in it; the way in is the guest agent.
 *
 * Standard input: `file=`, `host=`, `time_zone=` and a `machine=<vmid>:<name>` for each machine that is to be made: where PVE has
 * another under that number, nothing is written. The key by which packages are trusted is the node's own. The name of the
 * file never changes: to PVE another name is another machine. It is read once, so writing it again changes no machine.
 */
export const BACKUP_SERVER_SEED_SCRIPT = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
file='' host='' time_zone='' machines=()
while IFS='=' read -r key value; do
  case "$key" in
    file) file=$value ;;
    host) host=$value ;;
    time_zone) time_zone=$value ;;
    machine) machines+=("$value") ;;
  esac
done

refuse() {
  echo "backup server $host: $1" >&2
  exit 1
}

# The whole cluster's guests, one a line: those of a node that is off are among them.
guests=$(pvesh get /cluster/resources --type vm --output-format json) ||
  refuse "cannot ask for the guests of this cluster; see 'pvecm status', nothing was written"
for machine in "\${machines[@]}"; do
  found=$(tr '}' '\n' <<<"$guests" | grep -E "\"vmid\":\${machine%%:*}([^0-9]|$)" || true)
  [ -z "$found" ] || grep -Fq "\"name\":\"\${machine#*:}\"" <<<"$found" ||
    refuse "PVE has a guest \${machine%%:*} that is not ours, \${machine#*:}; take a free number in the settings, nothing was made"
done

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
`.replaceAll("\\$", "$");
