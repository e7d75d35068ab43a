/** Name of the units on a node: a service that backs its configuration up, and the timer that starts it. A guest's end in its VMID. */
export const HOST_CONFIG_UNIT = "tappaas-host-config";

/**
 * What a node runs for a guest: the guest's agent hands the directories over, and the node encrypts them with its own key, which
 * the guest never gets. A guest that is on another node now is that node's work: each of them has this timer.
 */
const GUEST_PROGRAM = String.raw`#!/bin/bash
$mark
set -euo pipefail
umask 077
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
refuse() {
  echo "Configuration of $GUEST ($VMID): $1" >&2
  exit 1
}
qm list | awk -v id="$VMID" '$1 == id { here = 1 } END { exit !here }' || exit 0

work=$(mktemp -d /run/${HOST_CONFIG_UNIT}.XXXXXX)
trap 'rm -rf "$work"' EXIT
agent="/nodes/$NODE/qemu/$VMID/agent"
# The order goes in by standard input, and what comes is text: the agent hands nothing else over.
order='PATH=$PATH:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
set --
for directory in '"$DIRECTORIES"'; do
  if [ -d "$directory" ]; then set -- "$@" ".$directory"; else echo "$directory is not there" >&2; fi
done
[ $# -gt 0 ] || exit 1
{ tar -C / --one-file-system --numeric-owner -czf - "$@" || [ $? -eq 1 ] || echo TAR-FAILED >&2; } | base64 | tr -d "\n"'
pid=$(pvesh create "$agent/exec" --command /bin/sh --input-data "$order" --output-format json |
  sed -n 's/.*"pid" *: *\([0-9]*\).*/\1/p') ||
  refuse "its guest agent does not answer; see that it runs and that the machine has one (qm set $VMID --agent 1)"
while :; do
  pvesh get "$agent/exec-status" --pid "$pid" --output-format json >"$work/answer" ||
    refuse "its guest agent went away; start the machine, then run this again"
  ! grep -Eq '"exited" *: *(1|true)' "$work/answer" || break
  [ "$SECONDS" -lt 600 ] || refuse "its agent did not come to an end within 10 minutes; look at the machine"
  sleep 1
done
said=$(sed -n 's/.*"err-data" *: *"\([^"]*\).*/\1/p' "$work/answer")
[ -z "$said" ] || echo "$said" >&2
grep -Eq '"out-truncated" *: *(1|true)' "$work/answer" &&
  refuse "its directories are more than a guest agent hands over (16 MiB in text); name smaller ones"
grep -Eq '"exitcode" *: *0' "$work/answer" && ! grep -q TAR-FAILED "$work/answer" ||
  refuse "$DIRECTORIES could not be read in it: $said"
mkdir "$work/tree"
sed -n 's/.*"out-data" *: *"\([A-Za-z0-9+/=]*\)".*/\1/p' "$work/answer" | base64 -d | tar -C "$work/tree" --numeric-owner -xpzf - ||
  refuse "what its agent handed over is not whole; run it again"
proxmox-backup-client backup "config.pxar:$work/tree" --backup-id "$GUEST" $OPTIONS
`;

const COMMON = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
units=/etc/systemd/system unit=${HOST_CONFIG_UNIT} program=/etc/${HOST_CONFIG_UNIT}-guest
mark='# Written by TAPPaaS Resilience; the next run of it replaces changes made here.'

refuse() {
  echo "Configuration of node $(uname -n): $1" >&2
  exit 1
}

# What somebody else wrote under our name stays theirs.
ours() {
  local file
  for file in "$units/$unit".* "$units/$unit"-* "$program"; do
    [ ! -e "$file" ] || head -n 2 "$file" | grep -Fqx "$mark" ||
      refuse "$file was not written by this program; move it away, then run this again, nothing was changed"
  done
}

# Takes away the units of guests that are not named.
drop_guests() {
  local file name vmid
  for file in "$units/$unit"-*.timer; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .timer)
    vmid=$(printf '%s' "$name" | sed "s/^$unit-//")
    case " $* " in *" $vmid "*) continue ;; esac
    systemctl disable --now "$name.timer" >&2
    rm -f "$units/$name.timer" "$units/$name.service"
  done
}
`;

/**
 * Puts a service and its timer onto a node, or brings them up to date: check, then apply.
 *
 * Standard input: one `key=value` a line: `node`, `storage`, `repository`, `fingerprint`, `namespace`, `at`, `master` (`yes` where the
 * storage has a master key), one `archive=<name>:<path>` a directory, and one `guest=<vmid>:<name>:<directories>` a guest. No secret comes this way, and none is written: at each run the client reads password and
 * key where PVE keeps them for the storage, in files that only root can read. So a new password needs no new unit, and a
 * key that is gone ends the backup instead of sending it in clear.
 */
export const HOST_CONFIG_SCRIPT = String.raw`${COMMON}
node='' storage='' repository='' fingerprint='' namespace='' at='' master='' archives=() guests=()
while IFS='=' read -r key value; do
  case "$key" in
    node | storage | repository | fingerprint | namespace | at | master) printf -v "$key" '%s' "$value" ;;
    archive) archives+=("\${value%%:*}.pxar:\${value#*:}") ;;
    guest) guests+=("$value") ;;
  esac
done

command -v proxmox-backup-client >/dev/null ||
  refuse "proxmox-backup-client is missing; apt install proxmox-backup-client, nothing was changed"
secrets=/etc/pve/priv/storage
needed=("$secrets/$storage.pw" "$secrets/$storage.enc") options="--backup-type host --crypt-mode encrypt --keyfile $secrets/$storage.enc"
if [ "$master" = yes ]; then
  needed+=("$secrets/$storage.master.pem")
  options+=" --master-pubkey-file $secrets/$storage.master.pem"
fi
[ -z "$namespace" ] || options+=" --ns $namespace"
for file in "\${needed[@]}"; do
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

# Arguments: name of the units, whose configuration, and what the service runs.
schedule() {
  write "$1.service" <<UNIT
[Unit]
Description=Backup of the configuration of $2, encrypted
Wants=network-online.target
After=network-online.target pve-cluster.service

[Service]
Type=oneshot
Environment=PBS_REPOSITORY=$repository
Environment=PBS_PASSWORD_FILE=$secrets/$storage.pw
\${fingerprint:+Environment=PBS_FINGERPRINT=$fingerprint
}$3
UNIT
  write "$1.timer" <<UNIT
[Unit]
Description=Backup of the configuration of $2, every day

[Timer]
OnCalendar=*-*-* $at:00
Persistent=true

[Install]
WantedBy=timers.target
UNIT
}

schedule "$unit" "this node" \
  "ExecStart=/usr/bin/proxmox-backup-client backup \${archives[*]} --backup-id $node $options"

timers=("$unit.timer") vmids=()
if [ "\${#guests[@]}" -gt 0 ]; then
  new=$(mktemp "$program.XXXXXX")
  { echo '#!/bin/bash' && echo "$mark" && tail -n +3 <<'PROGRAM'; } >"$new"
${GUEST_PROGRAM}PROGRAM
  chmod 755 "$new"
  mv "$new" "$program"
fi
for guest in "\${guests[@]}"; do
  IFS=: read -r vmid name directories <<<"$guest"
  schedule "$unit-$vmid" "$name" "Environment=NODE=$node
Environment=VMID=$vmid
Environment=GUEST=$name
Environment=\"DIRECTORIES=$directories\"
Environment=\"OPTIONS=$options\"
ExecStart=/bin/bash $program"
  timers+=("$unit-$vmid.timer") vmids+=("$vmid")
done
drop_guests "\${vmids[@]}"
[ "\${#guests[@]}" -gt 0 ] || rm -f "$program"

systemctl daemon-reload >&2
systemctl enable --now "\${timers[@]}" >&2
printf '{"node":"%s","timer":"%s.timer"}\n' "$node" "$unit"
`.replaceAll("\\$", "$");

/** Takes timer and service off a node. What they have backed up stays on the server: this does not even know of it. */
export const HOST_CONFIG_REMOVAL = String.raw`${COMMON}
ours
drop_guests
[ ! -e "$units/$unit.timer" ] || systemctl disable --now "$unit.timer" >&2
rm -f "$units/$unit.timer" "$units/$unit.service" "$program"
systemctl daemon-reload >&2
`;
