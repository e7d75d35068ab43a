/**
 * Makes a ZFS pool what the lines on standard input say, or adopts the one that is there: check, then apply.
 *
 * Standard input: `name=`, `raidlevel=` and one `disk=` a disk. Standard output: one line of JSON. It never forces
 * (`-f`), never destroys, never exports. Anything that it did not expect ends it with a sentence on standard error.
 *
 * A list that could not be read is not an empty list: `zpool list` has to succeed before a pool counts as absent.
 * @see https://openzfs.github.io/openzfs-docs/man/master/8/zpool-create.8.html
 */
export const ZFS_POOL_SCRIPT = String.raw`set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
name='' raidlevel='' disks=()
while IFS='=' read -r key value; do
  case "$key" in
    name) name=$value ;;
    raidlevel) raidlevel=$value ;;
    disk) disks+=("/dev/disk/by-id/$value") ;;
  esac
done

refuse() {
  echo "ZFS pool $name: $1" >&2
  exit 1
}

# A disk under the one name by which two spellings of it can be compared; whole disks get a partition from ZFS.
disk_name() {
  local path
  path=$(sed -E 's/-part[0-9]+$//' <<<"$1")
  if [ -e "$path" ]; then readlink -f "$path"; else echo "$path"; fi
}

wanted_disks() {
  local disk
  for disk in "\${disks[@]}"; do disk_name "$disk"; done | sort
}

# Lines of "zpool list -v": the pool, then each vdev group, then its disks with their paths.
living_disks() {
  local path
  zpool list -v -H -P "$name" | awk '{ print $1 }' | grep '^/dev/' | while read -r path; do disk_name "$path"; done | sort
}

# A pool that has lost a disk may show it by a number alone; what it still shows must be among the wanted.
lost_disk() {
  [ "$(zpool get -H -p -o value health "$name")" != ONLINE ] && [ -z "$(comm -23 <(living_disks) <(wanted_disks))" ]
}

living_raidlevel() {
  local groups
  groups=$(zpool list -v -H -P "$name" | awk 'NR > 1 { print $1 }' | grep -E '^(mirror|raidz|draid)' | sed -E 's/-[0-9]+$//' || true)
  case "$(sort -u <<<"$groups" | wc -l):$(grep -c . <<<"$groups" || true):$groups" in
    1:0:*) echo single ;;
    1:1:raidz1) echo raidz ;;
    1:1:*) echo "$groups" ;;
    1:*:mirror*) echo raid10 ;;
    *) echo mixed ;;
  esac
}

report() {
  local health guid
  health=$(zpool get -H -p -o value health "$name")
  guid=$(zpool get -H -p -o value guid "$name")
  if [ "$health" != ONLINE ]; then
    echo "ZFS pool $name is $health: see 'zpool status $name'; nothing else waits for it" >&2
  fi
  printf '{"name":"%s","guid":"%s","adopted":%s}\n' "$name" "$guid" "$1"
}

pools=$(zpool list -H -o name) || refuse "cannot list the pools of this node; nothing was changed"
if grep -Fxq -- "$name" <<<"$pools"; then
  living=$(living_raidlevel)
  if [ "$living" != "$raidlevel" ]; then
    refuse "exists as $living, expected $raidlevel; write what exists into the settings, nothing was changed"
  fi
  if [ "$(living_disks)" != "$(wanted_disks)" ] && ! lost_disk; then
    refuse "exists on $(living_disks | tr '\n' ' ')- expected $(wanted_disks | tr '\n' ' ')- write the disks that exist into the settings, nothing was changed"
  fi
  report true
  exit 0
fi

importable=$(zpool import 2>/dev/null | awk '$1 == "pool:" { print $2 }' || true)
if grep -Fxq -- "$name" <<<"$importable"; then
  refuse "exists but is not imported; look at 'zpool import', import it by hand, then run this again"
fi

layout=("\${disks[@]}")
case "$raidlevel" in
  single) ;;
  mirror | raidz | raidz2 | raidz3) layout=("$raidlevel" "\${disks[@]}") ;;
  raid10)
    layout=()
    for ((i = 0; i < \${#disks[@]}; i += 2)); do layout+=(mirror "\${disks[i]}" "\${disks[i + 1]}"); done
    ;;
  *) refuse "unknown raidlevel $raidlevel" ;;
esac
zpool create -o ashift=12 -o autotrim=on -O compression=lz4 -O atime=off -O xattr=sa "$name" "\${layout[@]}" >&2
report false
`.replaceAll("\\$", "$");
