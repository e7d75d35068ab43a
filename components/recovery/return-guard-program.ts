import { RETURN_GUARD_FOLDER, RETURN_GUARD_NOTES, RETURN_GUARD_STATE } from "../../estate/units/return-guard-places";
import { RETURN_RULES, type ReturnRule } from "../../estate/units/return-rules";
import { RETURN_GUARD_ASKING } from "./return-guard-asking";

/** A line of the decision as bash reads it: `answer/named/prepared`. */
function caseOf({ answer, named, prepared, does, because }: ReturnRule): string {
  const word = (yes: boolean | undefined) => (yes === undefined ? "*" : yes ? "yes" : "no");
  return `    ${answer}/${word(named)}/${word(prepared)}) does=${does} because='${because}' ;;`;
}

/**
 * What runs on a node: `hold` before any guest starts, `ask` when the network may be there, `probe` and
 * `show` for whoever looks, `release` for a person.
 *
 * It deletes no guest and stops none. A guest is held by `onboot` and by HA's state `ignored`, under which HA neither starts nor stops;
 * a note in the cluster's file system says what they were. Whatever goes wrong on the way, the guests that are held stay held.
 */
export const RETURN_GUARD_PROGRAM = String.raw`#!/bin/bash
$mark
set -uo pipefail
umask 077
export LC_ALL=C HOME=/root PATH="$PATH:/usr/sbin:/sbin"
folder=${RETURN_GUARD_FOLDER} notes=${RETURN_GUARD_NOTES} state=${RETURN_GUARD_STATE}
run=/run/tappaas-return-guard
mkdir -p "$state" "$run"
# Around what changes guests, and nothing else: who looks, or releases one, does not wait for places that do not answer.
alone() {
  exec 9>"$run/lock"
  flock -w 900 9 || { echo "return guard: an earlier run has not come to its end" >&2; exit 1; }
}

site='' node='' limit=600 outside='' prepared='' places=()
while IFS='=' read -r key value; do
  case "$key" in
    site | node | limit | outside | prepared) printf -v "$key" '%s' "$value" ;;
    place) places+=("$value") ;;
  esac
done <"$folder/settings"
work=$(mktemp -d "$run/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

in_list() { case " $2 " in *" $1 "*) return 0 ;; esac; return 1; }
# A guest's configuration, on whichever node it is.
file_of() {
  local file
  for file in /etc/pve/nodes/*/qemu-server/"$1".conf /etc/pve/nodes/*/lxc/"$1".conf; do
    [ -e "$file" ] && { echo "$file"; return 0; }
  done
  return 1
}
type_of() { case "$1" in */lxc/*) echo lxc ;; *) echo qemu ;; esac; }
node_of() { local rest=$(printf '%s' "$1" | cut -d / -f 5); echo "$rest"; }
sid_of() { case "$1" in lxc) echo "ct:$2" ;; *) echo "vm:$2" ;; esac; }
# Whether it starts with its node, by the part of its configuration that is no snapshot.
onboot_of() { sed -n '/^\[/q; s/^onboot: *//p' "$1"; }
set_onboot() {
  local type where
  type=$(type_of "$1") where=$(node_of "$1")
  # A lock that a power cut has left is none of ours.
  if [ "$type" = qemu ]; then
    pvesh set "/nodes/$where/qemu/$2/config" --onboot "$3" --skiplock 1
  else
    pvesh set "/nodes/$where/lxc/$2/config" --onboot "$3"
  fi
}
wait_for_quorum() {
  [ -s /etc/pve/corosync.conf ] || return 0
  until pvecm status 2>/dev/null | grep -Eq '^Quorate: *Yes'; do sleep 2; done
}

hold() {
  alone
  # Once a boot: a service that requires this one may be restarted at any time, and then nothing is to be held.
  [ ! -e "$run/held" ] || exit 0
  wait_for_quorum
  mkdir -p "$notes" || { echo "return guard: $notes cannot be written" >&2; exit 1; }
  local file vmid type sid onboot ha failed='' running watched
  running=$(pvesh get /cluster/resources --type vm --output-format json 2>/dev/null | tr '{' '\n' |
    grep '"status":"running"' | sed -n 's/.*"vmid":\([0-9]*\).*/ \1/p' | tr -d '\n')
  watched=$(ha-manager config 2>/dev/null || true)
  for file in /etc/pve/nodes/*/qemu-server/*.conf /etc/pve/nodes/*/lxc/*.conf; do
    [ -e "$file" ] || continue
    vmid=$(basename "$file" .conf) type=$(type_of "$file")
    ! in_list "$vmid" "$outside" || continue
    # One that runs already, on another node, is served by a site that is not coming back but there.
    ! in_list "$vmid" "$running" || continue
    sid=$(sid_of "$type" "$vmid") onboot='' ha=''
    [ "$(node_of "$file")" != "$node" ] || onboot=$(onboot_of "$file")
    ha=$(printf '%s\n' "$watched" | awk -v sid="$sid" '$1 == sid { here = 1; state = "started"; next } /^[^ \t]/ { here = 0 }
      here && $1 == "state" { state = $2 } END { print state }')
    case "$ha" in started | enabled) ;; *) ha='' ;; esac
    [ "$onboot" = 1 ] || onboot=''
    [ -n "$onboot$ha" ] || continue
    # Written before anything is changed: whatever happens next, it can be given back.
    if [ ! -e "$notes/$vmid" ]; then
      printf 'type=%s\nonboot=%s\nha=%s\n' "$type" "$onboot" "$ha" >"$notes/$vmid" || failed="$failed $vmid"
    elif [ -n "$onboot" ] && grep -qx 'onboot=' "$notes/$vmid"; then
      printf 'type=%s\nonboot=1\n%s\n' "$type" "$(grep '^ha=' "$notes/$vmid")" >"$notes/$vmid" || failed="$failed $vmid"
    fi
    [ -z "$ha" ] || ha-manager set "$sid" --state ignored || failed="$failed $vmid"
    [ -z "$onboot" ] || set_onboot "$file" "$vmid" 0 || failed="$failed $vmid"
    echo "$sid is held until it is known where it serves"
  done
  local bad=''
  for vmid in $failed; do
    echo "return guard: guest $vmid could not be held" >&2
    ! in_list "$vmid" "$prepared" || bad=yes
  done
  [ -z "$bad" ] || exit 1
  : >"$run/held"
}

${RETURN_GUARD_ASKING}# What becomes of one guest, by the lines that the documentation shows.
verdict() {
  local is_named=no is_prepared=no
  ! in_list "$1" "$named" || is_named=yes
  ! in_list "$1" "$prepared" || is_prepared=yes
  case "$answer/$is_named/$is_prepared" in
${RETURN_RULES.map(caseOf).join("\n")}
    *) does=hold because='nothing is known' ;;
  esac
}

decide() {
  alone
  local note vmid file starts='' held=0 does because
  {
    echo "at=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "answer=$answer"
    echo "serial=$serial"
    [ -z "$since" ] || echo "since=$since"
    for word in "\${place_words[@]}"; do echo "place=$word"; done
  } >"$work/decision"
  for note in "$notes"/*; do
    [ -e "$note" ] || continue
    vmid=$(basename "$note")
    verdict "$vmid"
    if [ "$does" = start ]; then
      give_back "$vmid" || { does=hold because='it could not be given back, see the journal'; }
    fi
    [ "$does" = start ] || held=$((held + 1))
    echo "$vmid: $does, $because"
    echo "guest=$vmid:$does:$because" >>"$work/decision"
  done
  mv "$work/decision" "$state/decision"
  start_those
  [ "$held" -eq 0 ] || { echo "$held guests are held; this is asked again in five minutes"; exit 75; }
}

# Gives a guest back what it had. Another node that is there does that for its own.
give_back() {
  local note="$notes/$1" type='' onboot='' ha='' key value file where
  while IFS='=' read -r key value; do
    case "$key" in type | onboot | ha) printf -v "$key" '%s' "$value" ;; esac
  done <"$note"
  if file=$(file_of "$1"); then
    where=$(node_of "$file")
    if [ "$where" != "$node" ] && [ "$onboot" = 1 ] && online "$where"; then return 0; fi
    [ "$onboot" != 1 ] || set_onboot "$file" "$1" 1 || return 1
    [ -z "$ha" ] || ha-manager set "$(sid_of "$type" "$1")" --state "$ha" || return 1
    [ -n "$ha" ] || [ "$onboot" != 1 ] || [ "$where" != "$node" ] || starts="$starts $1"
  fi
  rm -f "$note"
}
online() {
  pvesh get /nodes --output-format json 2>/dev/null | tr '{' '\n' | grep "\"node\":\"$1\"" | grep -q '"status":"online"'
}
start_those() {
  [ -z "$starts" ] || pvesh create "/nodes/$node/startall" --vms "$(printf '%s' "$starts" | tr -s ' ' ',' | sed 's/^,//')" >&2 ||
    echo "return guard: not all could be started, see the node's tasks" >&2
}

starts=''
case "\${1:-}" in
  hold) hold ;;
  ask) ask ;;
  probe) probe ;;
  release)
    shift
    alone
    for vmid in "$@"; do
      [ -e "$notes/$vmid" ] || continue
      give_back "$vmid" || exit 1
      echo "guest=$vmid:start:released by a person on $(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$state/decision"
    done
    start_those
    ;;
  show)
    [ ! -s "$state/decision" ] || cat "$state/decision"
    for note in "$notes"/*; do [ ! -e "$note" ] || echo "held=$(basename "$note")"; done
    ;;
  *) echo "return guard: hold, ask, probe, release VMID..., show" >&2; exit 64 ;;
esac
`;
