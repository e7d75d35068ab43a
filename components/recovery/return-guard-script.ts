import {
  ASK_UNIT,
  ASKED_AGAIN,
  HOLD_UNIT,
  RETURN_GUARD_FOLDER,
  RETURN_GUARD_NOTES,
} from "../../estate/units/return-guard-places";
import { RETURN_GUARD_PROGRAM } from "./return-guard-program";

const COMMON = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
umask 077
units=/etc/systemd/system hold=${HOLD_UNIT} ask=${ASK_UNIT}
folder=${RETURN_GUARD_FOLDER} notes=${RETURN_GUARD_NOTES}
mark='# Written by TAPPaaS Resilience; the next run of it replaces changes made here.'

refuse() {
  echo "Return guard of node $(uname -n): $1" >&2
  exit 1
}

# What somebody else wrote under our name stays theirs.
for file in "$units/$hold" "$units/$ask" "$folder/program"; do
  [ ! -e "$file" ] || head -n 2 "$file" | grep -Fqx "$mark" ||
    refuse "$file was not written by this program; move it away, then run this again, nothing was changed"
done
`;

/**
 * Puts the guard onto a node, or brings it up to date: check, then apply. No guest is touched by that: it works when the node boots.
 *
 * Standard input, one `key=value` a line: `site`, `node`, `limit` in seconds, `outside` and `prepared` as VMIDs, `signer` (public key), and
 * for each place of record `place=<name>|pbs|<repository>|<fingerprint>|<namespace>|<backup id>` or `place=<name>|dns|<resolver>|<record>`, with
 * `secret=<name>:<password>` where it has a login.
 */
export const RETURN_GUARD_SCRIPT = String.raw`${COMMON}
site='' node='' limit='' outside='' prepared='' signer='' places=() secrets=()
while IFS='=' read -r key value; do
  case "$key" in
    site | node | limit | outside | prepared | signer) printf -v "$key" '%s' "$value" ;;
    place) places+=("$value") ;;
    secret) secrets+=("$value") ;;
  esac
done
[ -n "$site" ] && [ -n "$node" ] && [ -n "$signer" ] && [ "\${#places[@]}" -gt 0 ] || refuse "it was told too little, nothing was changed"
for place in "\${places[@]}"; do
  case "$place" in
    *'|pbs|'*) needs=proxmox-backup-client ;;
    *) needs=curl ;;
  esac
  command -v "$needs" >/dev/null || refuse "$needs is missing; apt install $needs, nothing was changed"
done
command -v ssh-keygen >/dev/null || refuse "ssh-keygen is missing; apt install openssh-client, nothing was changed"

# Written beside and moved: whoever looks meanwhile sees the old file or the new one.
write() {
  local new
  new=$(mktemp "$(dirname "$1")/.tappaas.XXXXXX")
  cat >"$new"
  chmod "$2" "$new"
  mv "$new" "$1"
}
mkdir -p "$folder"
chmod 700 "$folder"
printf '%s namespaces="tappaas-return" %s\n' "$site" "$signer" | write "$folder/signers" 600
kept=' '
for secret in "\${secrets[@]}"; do
  printf '%s\n' "\${secret#*:}" | write "$folder/\${secret%%:*}.pw" 600
  kept="$kept\${secret%%:*}.pw "
done
for file in "$folder"/*.pw; do
  case "$kept" in *" $(basename "$file") "*) ;; *) rm -f "$file" ;; esac
done
{
  printf 'site=%s\nnode=%s\nlimit=%s\noutside=%s\nprepared=%s\n' "$site" "$node" "$limit" "$outside" "$prepared"
  printf 'place=%s\n' "\${places[@]}"
} | write "$folder/settings" 600
{ echo '#!/bin/bash' && echo "$mark" && tail -n +3 <<'PROGRAM'; } | write "$folder/program" 700
${RETURN_GUARD_PROGRAM}PROGRAM

# This node is up: nothing is held before its next start.
mkdir -p /run/tappaas-return-guard
: >/run/tappaas-return-guard/held
write "$units/$hold" 644 <<UNIT
$mark
[Unit]
Description=Holds guests back until it is known where they serve
After=pve-cluster.service corosync.service
Wants=pve-cluster.service
Before=pve-guests.service pve-ha-lrm.service pve-ha-crm.service
# Stopped by hand it would stop the guests with it.
RefuseManualStop=yes

[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/bash $folder/program hold

[Install]
WantedBy=multi-user.target
RequiredBy=pve-guests.service pve-ha-lrm.service
UNIT
write "$units/$ask" 644 <<UNIT
$mark
[Unit]
Description=Asks where the guests of this site serve
After=$hold pve-guests.service network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
Restart=on-failure
RestartSec=${ASKED_AGAIN}
ExecStart=/bin/bash $folder/program ask

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload >&2
systemctl enable "$hold" "$ask" >&2
printf '{"node":"%s","unit":"%s"}\n' "$node" "$ask"
`.replaceAll("\\$", "$");

/** Takes the guard off a node. While it holds a guest it stays: without it that guest would start at the next boot. */
export const RETURN_GUARD_REMOVAL = String.raw`${COMMON}
held=$(ls "$notes" 2>/dev/null | tr '\n' ' ')
[ -z "$held" ] || refuse "it holds guests back: $held; bring them home or release them first (make guard-release), nothing was changed"
for unit in "$hold" "$ask"; do
  [ ! -e "$units/$unit" ] || systemctl disable "$unit" >&2
  rm -f "$units/$unit"
done
rm -rf "$folder"
systemctl daemon-reload >&2
`;
