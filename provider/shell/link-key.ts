/** What both scripts of a link begin with: the tools, and a key that is made on the machine and never leaves it. */
export const LINK_KEY_STEPS = String.raw`set -euo pipefail
export LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
umask 077
interface='' address='' listenPort='' peerKey='' peerAddress='' endpoint='' servedPort=''
# A key ends with the sign that parts it from its name.
while IFS= read -r line; do
  key=\${line%%=*} value=\${line#*=}
  case "$key" in
    interface | address | listenPort | peerKey | peerAddress | endpoint | servedPort) printf -v "$key" '%s' "$value" ;;
  esac
done

refuse() {
  echo "Link $interface: $1" >&2
  exit 1
}

exec 9>/run/lock/tappaas-link.lock
flock -w 600 9 || refuse "an earlier step still runs; wait for it, then run this again"

mark='# Made by tappaas-resilience, which writes it anew; put anything else into another interface.'
folder=/etc/wireguard
conf=$folder/$interface.conf
installed() { [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }
if [ -e "$conf" ]; then
  [ "$(head -n 1 "$conf")" = "$mark" ] ||
    refuse "$conf is there and not ours; name another interface in the settings, nothing was changed"
elif [ -e "/sys/class/net/$interface" ] || { installed wireguard-tools && wg show "$interface" >/dev/null 2>&1; }; then
  refuse "an interface of that name is up and not ours; name another in the settings, nothing was changed"
fi

for package in wireguard-tools nftables; do
  installed "$package" && continue
  dpkg --configure -a >&2
  # Another source that does not answer is no reason, as long as this one does.
  apt-get update -q >&2 || true
  apt-get install -q -y --no-install-recommends "$package" >&2 ||
    refuse "$package could not be installed; look at 'apt-get update' there, then run this again"
done

mkdir -p "$folder"
keyFile=$folder/$interface.key
if [ ! -s "$keyFile" ]; then
  wg genkey >"$keyFile.new"
  mv "$keyFile.new" "$keyFile"
fi
publicKey=$(wg pubkey <"$keyFile")
`;

/**
 * Makes the key of a link on the machine, and prints its public half as one line of JSON. No interface comes up by it.
 *
 * Standard input: `interface=`. An interface or a file of that name that is not ours is refused.
 */
export const LINK_KEY_SCRIPT = `${LINK_KEY_STEPS}printf '{"publicKey":"%s"}\\n' "$publicKey"\n`.replaceAll("\\$", "$");
