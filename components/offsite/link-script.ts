import { LINK_KEY_STEPS } from "../../provider/shell/link-key";

/**
 * A WireGuard link to one other machine: check, then apply; one that is as it should be is left alone, and one that does not come up
 * leaves the former one up.
 *
 * Standard input: `interface=`, `address=`, `listenPort=`, `peerKey=`, `peerAddress=`, `endpoint=`, `servedPort=`; listenPort, endpoint and
 * servedPort are empty where there is none. Standard output: one line of JSON. The packet filter is loaded before the interface comes
 * up, and an interface whose filter does not load does not come up.
 */
export const LINK_SCRIPT = (
  LINK_KEY_STEPS +
  String.raw`
[ "$peerKey" != "$publicKey" ] || refuse "the other side's public key is this side's own; exchange the keys anew, nothing was changed"
for other in $(wg show interfaces); do
  [ "$other" != "$interface" ] || continue
  [ -z "$listenPort" ] || [ "$(wg show "$other" listen-port)" != "$listenPort" ] ||
    refuse "port $listenPort is that of interface $other; choose another listenPort, nothing was changed"
done

table=tappaas_$(printf '%s' "$interface" | tr -c 'A-Za-z0-9' '_')
served=''
[ -z "$servedPort" ] || served="    ip saddr $peerAddress ip daddr $address tcp dport $servedPort accept"
cat >"$folder/$interface.nft.new" <<EOF
table inet $table
delete table inet $table
table inet $table {
  chain input {
    type filter hook input priority -10; policy accept;
    iifname != "$interface" accept
    ct state established,related accept
$served
    drop
  }
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname "$interface" drop
    oifname "$interface" drop
  }
}
EOF
{
  printf '%s\n[Interface]\nAddress = %s/32\nMTU = 1340\n' "$mark" "$address"
  [ -z "$listenPort" ] || printf 'ListenPort = %s\n' "$listenPort"
  printf 'PreUp = nft -f %s/%%i.nft\nPostUp = wg set %%i private-key %s/%%i.key\n' "$folder" "$folder"
  printf '[Peer]\nPublicKey = %s\nAllowedIPs = %s/32\n' "$peerKey" "$peerAddress"
  [ -z "$endpoint" ] || printf 'Endpoint = %s\nPersistentKeepalive = 25\n' "$endpoint"
} >"$conf.new"

unit=wg-quick@$interface
same=true
for file in "$conf" "$folder/$interface.nft"; do
  cmp -s "$file" "$file.new" || same=false
done
if [ "$same" = true ] && systemctl is-active --quiet "$unit"; then
  rm "$conf.new" "$folder/$interface.nft.new"
  systemctl enable "$unit" >&2
  printf '{"publicKey":"%s"}\n' "$publicKey"
  exit 0
fi

for file in "$conf" "$folder/$interface.nft"; do
  rm -f "$file.before"
  [ ! -e "$file" ] || cp -p "$file" "$file.before"
  mv "$file.new" "$file"
done
if ! systemctl restart "$unit" >&2; then
  for file in "$conf" "$folder/$interface.nft"; do
    if [ -e "$file.before" ]; then mv "$file.before" "$file"; else rm -f "$file"; fi
  done
  [ ! -e "$conf" ] || systemctl restart "$unit" >&2 || true
  refuse "it did not come up, and the former one is back where there was one; look at 'journalctl -u $unit'"
fi
rm -f "$conf.before" "$folder/$interface.nft.before"
systemctl enable "$unit" >&2
printf '{"publicKey":"%s"}\n' "$publicKey"
`
).replaceAll("\\$", "$");
