import { NO_ENTERPRISE } from "../../estate/units/enterprise-source";

const COMMON = String.raw`set -euo pipefail
export LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
umask 022
node='' datastore='' path='' fingerprint='' user='' token=''
while IFS='=' read -r key value; do
  case "$key" in
    node | datastore | path | fingerprint | user | token) printf -v "$key" '%s' "$value" ;;
  esac
done

refuse() {
  echo "backup server on node $node: $1" >&2
  exit 1
}

# What a run that was killed began may still be at work.
exec 9>/run/lock/tappaas-backup-server.lock
flock -w 1200 9 || refuse "an earlier step still runs on this node; wait for it, then run this again"
`;

/**
 * Makes a node the backup server besides: package source, package, order of start. Check, then apply; what is there stays.
 *
 * Standard input: `node=`, `datastore=`, `path=` and, where it is to be compared, `fingerprint=`. Standard output: one line of JSON.
 * It makes no datastore, and refuses a place for it that is the node's system disk: that is where a pool that was not imported
 * seems to be, too.
 */
export const NODE_BACKUP_SERVER_SCRIPT = String.raw`${COMMON}
reuse=false
if [ -d "$path/.chunks" ]; then
  reuse=true
else
  above=$path
  while [ ! -e "$above" ]; do above=$(dirname "$above"); done
  on_zfs=$(zfs list -H -o mounted,mountpoint | awk -F '\t' -v path="$path" '$1 == "yes" && $2 != "/" && index(path, $2 "/") == 1' || true)
  [ -n "$on_zfs" ] || [ "$(findmnt -n -o TARGET -T "$above")" != / ] ||
    refuse "$path would lie on the system disk of the node; make or import its pool first, or name another path, nothing was changed"
fi

own=/etc/apt/sources.list.d/tappaas-backup-server.sources
installed() { [ "$(dpkg-query -W -f '\${db:Status-Status}' proxmox-backup-server 2>/dev/null || true)" = installed ]; }
offered() { [ -n "$(apt-cache policy proxmox-backup-server | sed -n '/^ *Candidate: [^(]/p')" ]; }
if ! installed; then
  dpkg --configure -a >&2
  if ! offered; then
    grep -q '^VERSION_CODENAME=trixie$' /etc/os-release ||
      refuse "the node is not on Debian 13; upgrade it to PVE 9, nothing was changed"
    keyring=''
    for candidate in /usr/share/keyrings/proxmox-archive-keyring.gpg /etc/apt/trusted.gpg.d/proxmox-release-trixie.gpg; do
      if [ -s "$candidate" ]; then keyring=$candidate && break; fi
    done
    [ -n "$keyring" ] || refuse "the node has no Proxmox package key of Debian 13; update it, nothing was changed"
    mkdir -p "$(dirname "$own")"
    cat >"$own.new" <<SOURCE
Types: deb
URIs: http://download.proxmox.com/debian/pbs
Suites: trixie
Components: pbs-no-subscription
Signed-By: $keyring
SOURCE
    mv "$own.new" "$own"
  fi
  # Another source that does not answer is no reason, as long as this one does.
  apt-get update -q >&2 || true
  offered || refuse "no package source of the node has proxmox-backup-server; look at 'apt-get update', then run this again"
  apt-get install -q -y --no-install-recommends proxmox-backup-server >&2
fi
version=$(dpkg-query -W -f '\${Version}' proxmox-backup-server)
[ "\${version%%.*}" -ge 4 ] || refuse "it is version $version, 4.0 or newer is needed; upgrade it, then run this again"
if [ -e "$own" ]; then
  ${NO_ENTERPRISE}
fi

# The server must not look for its datastore before the pools are mounted.
changed=false
for service in proxmox-backup proxmox-backup-proxy; do
  file=/etc/systemd/system/$service.service.d/tappaas-pools.conf
  wanted=$'[Unit]\nWants=zfs-mount.service\nAfter=zfs-mount.service'
  [ "$(cat "$file" 2>/dev/null || true)" != "$wanted" ] || continue
  mkdir -p "$(dirname "$file")"
  printf '%s\n' "$wanted" >"$file.new"
  mv "$file.new" "$file"
  changed=true
done
[ "$changed" = false ] || systemctl daemon-reload >&2
systemctl enable --now proxmox-backup.service proxmox-backup-proxy.service >&2

living=$(proxmox-backup-manager cert info | sed -n 's/^Fingerprint (sha256): *//p' | head -n 1 | tr 'A-F' 'a-f')
[ -n "$living" ] || refuse "it has no certificate; see 'proxmox-backup-manager cert info', then run this again"
[ -z "$fingerprint" ] || [ "$living" = "$fingerprint" ] ||
  refuse "its certificate is $living, the settings say $fingerprint; if you changed it, write that one, else find out who did"
printf '{"fingerprint":"%s","reuse":%s}\n' "$living" "$reuse"
`.replaceAll("\\$", "$");

/**
 * Makes the first login: a user without a password and a token of it that manages the server. Its secret is printed once, as the last
 * thing, so that no message of a fault can hold it. A token that is there is not touched: its secret was lost with a run that
 * was killed, and the next free name is taken.
 *
 * Standard input: `node=`, `user=` and `token=`. Standard output: one line of JSON.
 */
export const NODE_BACKUP_SERVER_LOGIN_SCRIPT = String.raw`${COMMON}
users=$(proxmox-backup-manager user list --output-format json)
grep -Fq "\"userid\":\"$user\"" <<<"$users" ||
  proxmox-backup-manager user create "$user" --comment "TAPPaaS Resilience" >&2
tokens=$(proxmox-backup-manager user list-tokens "$user" --output-format json)
name=$token number=1 superseded=''
while grep -Fq "\"tokenid\":\"$user!$name\"" <<<"$tokens"; do
  superseded="$superseded\${superseded:+,}\"$user!$name\""
  number=$((number + 1))
  name=$token-$number
done
proxmox-backup-manager acl update / Admin --auth-id "$user" >&2
made=$(proxmox-backup-manager user generate-token "$user" "$name")
proxmox-backup-manager acl update / Admin --auth-id "$user!$name" >&2
secret=$(sed -n 's/.*"value": *"\([^"]*\)".*/\1/p' <<<"$made")
[ -n "$secret" ] || refuse "the new token $user!$name came without its secret; remove it on the server, then run this again"
printf '{"tokenId":"%s","secret":"%s","superseded":[%s]}\n' "$user!$name" "$secret" "$superseded"
`.replaceAll("\\$", "$");
