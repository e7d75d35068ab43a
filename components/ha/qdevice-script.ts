/** A node's own package: by it corosync asks for the vote. Standard input: `node=`. */
export const QDEVICE_NODE_SCRIPT = String.raw`set -euo pipefail
export LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin"
node=''
while IFS='=' read -r key value; do
  case "$key" in
    node) node=$value ;;
  esac
done
exec 9>/run/lock/tappaas-qdevice.lock
flock -w 600 9 || { echo "QDevice: an earlier step still runs on node $node; wait for it, then run this again" >&2; exit 1; }
installed() { [ "$(dpkg-query -W -f '\${db:Status-Status}' corosync-qdevice 2>/dev/null || true)" = installed ]; }
if ! installed; then
  dpkg --configure -a >&2
  # Another source that does not answer is no reason, as long as this one does.
  apt-get update -q >&2 || true
  apt-get install -q -y --no-install-recommends corosync-qdevice >&2 || {
    echo "QDevice: corosync-qdevice could not be installed on node $node; look at 'apt-get update' there, then run this again" >&2
    exit 1
  }
fi
echo installed
`.replaceAll("\\$", "$");

/**
 * Gives a cluster the vote of a machine that is none of its nodes: check, then apply; a device that votes already is left as it is.
 *
 * Standard input: `node=`, `address=`, `hostKey=`. Standard output: one line of JSON. It installs nothing on the other machine, lets
 * nobody in there, and takes no device away: a cluster that is told half of that has no majority.
 */
export const QDEVICE_SCRIPT = String.raw`set -euo pipefail
export LC_ALL=C HOME=/root PATH="$PATH:/usr/sbin:/sbin"
umask 077
node='' address='' hostKey=''
while IFS='=' read -r key value; do
  case "$key" in
    node | address | hostKey) printf -v "$key" '%s' "$value" ;;
  esac
done

refuse() {
  echo "QDevice at $address: $1" >&2
  exit 1
}

exec 9>/run/lock/tappaas-qdevice.lock
flock -w 600 9 || refuse "an earlier step still runs on node $node; wait for it, then run this again"

conf=/etc/pve/corosync.conf
[ -s "$conf" ] || refuse "node $node stands alone, and a node alone needs no further vote; make a cluster first, nothing was changed"
living=$(sed -n '/^quorum *{/,/^}/s/^ *host: *//p' "$conf" | head -n 1)
count=$(grep -c '^ *nodeid:' "$conf" || true)
[ -z "$living" ] || [ "$living" = "$address" ] ||
  refuse "the cluster has one at $living; take that away first ('pvecm qdevice remove' on one node), nothing was changed"
[ $((count % 2)) -eq 0 ] ||
  refuse "the cluster has $count nodes, and beside an odd number a QDevice does harm: with it away no node may be lost; nothing was changed"
! grep -Eq "^ *(ring[0-9]_addr|name): *$address *$" "$conf" ||
  refuse "that is a node of the cluster, whose vote goes with it; name another machine, nothing was changed"

made=false
if [ -z "$living" ]; then
  pvecm status | grep -Eq '^Quorate: *Yes' || refuse "the cluster has no majority now; bring its nodes back first, nothing was changed"
  present=$(pvecm status | grep -Ec '^ *0x0*[1-9a-f][0-9a-f]* ' || true)
  [ "$present" -eq "$count" ] || refuse "only $present of $count nodes are up; all have to be told, start them first, nothing was changed"
  # The other machine proves who it is by the key that somebody has compared.
  known=/root/.ssh/known_hosts
  mkdir -p /root/.ssh
  touch "$known"
  if grep -Fq "$address ssh-" "$known" || grep -Fq "$address ecdsa-" "$known"; then
    grep -Fqx "$address $hostKey" "$known" ||
      grep -F "$address " "$known" | grep -Fq "$(printf '%s' "$hostKey" | cut -d ' ' -f 1,2)" ||
      refuse "$known on node $node knows it by another key than the settings; find out which is right, nothing was changed"
  else
    printf '%s %s\n' "$address" "$hostKey" >>"$known"
  fi
  there() { ssh -n -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 "root@$address" "$@"; }
  there true >&2 ||
    refuse "it does not let root of node $node in; put $node's /root/.ssh/id_rsa.pub into /root/.ssh/authorized_keys there, nothing was changed"
  there command -v corosync-qnetd-certutil >&2 ||
    refuse "it has no corosync-qnetd; 'apt install corosync-qnetd' there, then run this again, nothing was changed"
  # Certificates without a device in the configuration are what a run leaves that was cut.
  again=''
  [ ! -d /etc/corosync/qdevice/net/nssdb ] || again=--force
  pvecm qdevice setup "$address" $again >&2 ||
    refuse "'pvecm qdevice setup' did not come to its end; see what it says above, then run this again"
  made=true
fi

votes=0 round=0
while [ "$round" -lt 30 ]; do
  votes=$(pvecm status | awk '$1 == "0x00000000" && $3 == "Qdevice" { print $2 }')
  [ "\${votes:-0}" -eq 0 ] || break
  round=$((round + 1))
  [ "$made" = true ] || break
  sleep 1
done
# A vote that is away for a while is no reason to stop everything else: make watch tells of it.
[ "\${votes:-0}" -gt 0 ] || [ "$made" = false ] ||
  refuse "it is set up and does not vote; look at 'systemctl status corosync-qdevice' on node $node and at its port 5403"
printf '{"address":"%s","votes":%s}\n' "$address" "\${votes:-0}"
`.replaceAll("\\$", "$");
