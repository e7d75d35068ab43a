/** Name of the units on a node: a service that backs its configuration up, and the timer that starts it. */
export const HOST_CONFIG_UNIT = "tappaas-host-config";

const COMMON = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
units=/etc/systemd/system unit=${HOST_CONFIG_UNIT}
mark='# Written by TAPPaaS Resilience; the next run of it replaces changes made here.'

refuse() {
  echo "Configuration of node $(uname -n): $1" >&2
  exit 1
}

# What somebody else wrote under our name stays theirs.
ours() {
  local file
  for file in "$units/$unit.service" "$units/$unit.timer"; do
    [ ! -e "$file" ] || [ "$(head -n 1 "$file")" = "$mark" ] ||
      refuse "$file was not written by this program; move it away, then run this again, nothing was changed"
  done
}
`;

/**
 * Puts a service and its timer onto a node, or brings them up to date: check, then apply.
 *
 * Standard input: one `key=value` a line: `node`, `storage`, `repository`, `fingerprint`, `namespace`, `at`, and one
 * `archive=<name>:<path>` a directory. No secret comes this way, and none is written: at each run the client reads password and
 * key where PVE keeps them for the storage, in files that only root can read. So a new password needs no new unit, and a
 * key that is gone ends the backup instead of sending it in clear.
 */
export const HOST_CONFIG_SCRIPT = String.raw`${COMMON}
node='' storage='' repository='' fingerprint='' namespace='' at='' archives=()
while IFS='=' read -r key value; do
  case "$key" in
    node | storage | repository | fingerprint | namespace | at) printf -v "$key" '%s' "$value" ;;
    archive) archives+=("\${value%%:*}.pxar:\${value#*:}") ;;
  esac
done

command -v proxmox-backup-client >/dev/null ||
  refuse "proxmox-backup-client is missing; apt install proxmox-backup-client, nothing was changed"
secrets=/etc/pve/priv/storage
for file in "$secrets/$storage.pw" "$secrets/$storage.enc"; do
  [ -s "$file" ] || refuse "$file is missing, without which nothing is sent; see storage $storage, nothing was changed"
done
ours

# Written beside and moved: whoever looks meanwhile sees the old file or the new one. '%' means something to systemd.
write() {
  local new
  new=$(mktemp "$units/.$unit.XXXXXX")
  { echo "$mark" && sed 's/%/%%/g'; } >"$new"
  chmod 644 "$new"
  mv "$new" "$units/$1"
}

write "$unit.service" <<UNIT
[Unit]
Description=Backup of this node's configuration, encrypted
Wants=network-online.target
After=network-online.target pve-cluster.service

[Service]
Type=oneshot
Environment=PBS_REPOSITORY=$repository
Environment=PBS_PASSWORD_FILE=$secrets/$storage.pw
\${fingerprint:+Environment=PBS_FINGERPRINT=$fingerprint
}ExecStart=/usr/bin/proxmox-backup-client backup \${archives[*]} --backup-type host --backup-id $node --crypt-mode encrypt --keyfile $secrets/$storage.enc\${namespace:+ --ns $namespace}
UNIT

write "$unit.timer" <<UNIT
[Unit]
Description=Backup of this node's configuration, every day

[Timer]
OnCalendar=*-*-* $at:00
Persistent=true

[Install]
WantedBy=timers.target
UNIT

systemctl daemon-reload >&2
systemctl enable --now "$unit.timer" >&2
printf '{"node":"%s","timer":"%s.timer"}\n' "$node" "$unit"
`.replaceAll("\\$", "$");

/** Takes timer and service off a node. What they have backed up stays on the server: this does not even know of it. */
export const HOST_CONFIG_REMOVAL = String.raw`${COMMON}
ours
[ ! -e "$units/$unit.timer" ] || systemctl disable --now "$unit.timer" >&2
rm -f "$units/$unit.timer" "$units/$unit.service"
systemctl daemon-reload >&2
`;
