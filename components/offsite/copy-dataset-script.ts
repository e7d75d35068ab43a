/** What the machine runs once a day: a snapshot of one dataset, and the end of its own that are older than so many days. */
const PROGRAM = String.raw`#!/bin/bash
$mark
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
dataset=$1 days=$2
now=$(date +%s)
zfs snapshot "$dataset@tappaas-$(date -u +%Y-%m-%dT%H%M%SZ)"
# Its own alone, by their name; and the newest three stay, whatever the clock says.
zfs list -H -p -d 1 -t snapshot -o name,creation -s creation "$dataset" |
  awk -F '\t' -v own="$dataset@tappaas-" 'index($1, own) == 1 { name[++n] = $1; at[n] = $2 } END { for (i = 1; i <= n - 3; i++) print at[i], name[i] }' |
  while read -r at name; do
    [ $((now - at)) -le $((days * 86400)) ] || zfs destroy "$name"
  done
`;

/**
 * A ZFS dataset of its own for copies: made when there is none, with a quota and daily snapshots as asked. Check, then apply; nothing that
 * is there is moved, emptied or made smaller than it is.
 *
 * Standard input: `path=`, `quota=` in bytes, `days=`, `at=`, `name=`; quota and days are empty where there is none. Standard output: one line
 * of JSON.
 */
export const COPY_DATASET_SCRIPT = (
  String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
path='' quota='' days='' at='' name=''
while IFS= read -r line; do
  key=\${line%%=*} value=\${line#*=}
  case "$key" in
    path | quota | days | at | name) printf -v "$key" '%s' "$value" ;;
  esac
done

refuse() {
  echo "Dataset for $path: $1" >&2
  exit 1
}

exec 9>/run/lock/tappaas-copy-dataset.lock
flock -w 600 9 || refuse "an earlier step still runs; wait for it, then run this again"

mounted() { zfs list -H -t filesystem -o name,mountpoint | awk -F '\t' -v path="$1" '$2 == path { print $1; exit }'; }
units=/etc/systemd/system unit=tappaas-snapshots-$name program=/etc/tappaas-snapshots
mark='# Written by TAPPaaS Resilience; the next run of it replaces changes made here.'
for file in "$units/$unit.service" "$units/$unit.timer" "$program"; do
  [ ! -e "$file" ] || grep -Fqx "$mark" "$file" ||
    refuse "$file is there and not ours; move it away, nothing was changed"
done

dataset=$(mounted "$path")
made=false
if [ -z "$dataset" ]; then
  [ ! -d "$path" ] || [ -z "$(ls -A "$path")" ] ||
    refuse "it is a directory with something in it, and no dataset of its own; move what is in it by hand, or take quota and snapshots out of the settings, nothing was changed"
  parent=$(mounted "$(dirname "$path")")
  [ -n "$parent" ] ||
    refuse "no dataset is mounted at $(dirname "$path"), so none can be made below it; make one by hand, nothing was changed"
  dataset=$parent/$(basename "$path")
  zfs create "$dataset" || refuse "zfs create $dataset failed, nothing was changed"
  made=true
fi

if [ -n "$quota" ] && [ "$(zfs get -H -p -o value quota "$dataset")" != "$quota" ]; then
  used=$(zfs get -H -p -o value used "$dataset")
  [ "$used" -lt "$quota" ] ||
    refuse "it holds $used bytes, and the quota would be $quota; allow more, or keep less first, the quota was not changed"
  zfs set "quota=$quota" "$dataset"
fi

if [ -n "$days" ]; then
  cat >"$program.new" <<EOF
` +
  PROGRAM.replaceAll("$", "\\$").replaceAll("\\$mark", "$mark") +
  String.raw`EOF
  mv "$program.new" "$program"
  cat >"$units/$unit.service" <<EOF
$mark
[Unit]
Description=Snapshot of the copies in $dataset
[Service]
Type=oneshot
ExecStart=/bin/bash $program $dataset $days
EOF
  cat >"$units/$unit.timer" <<EOF
$mark
[Unit]
Description=Daily snapshot of the copies in $dataset
[Timer]
OnCalendar=*-*-* $at
Persistent=true
[Install]
WantedBy=timers.target
EOF
  systemctl daemon-reload
  systemctl enable --now "$unit.timer" >&2
fi
printf '{"dataset":"%s","made":%s}\n' "$dataset" "$made"
`
).replaceAll("\\\${", "${");
