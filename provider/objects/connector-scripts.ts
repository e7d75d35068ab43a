/**
 * Installs cloudflared from its maker's source where it is missing, writes the token into a file that only root reads, and starts the
 * service, which gets it as a credential of systemd and runs as nobody in particular. Told: `token`.
 * @see https://pkg.cloudflare.com/
 */
export const CONNECT = `if ! command -v cloudflared >/dev/null; then
  command -v apt-get >/dev/null ||
    refuse "it has neither cloudflared nor apt-get; install cloudflared 2025.4 or newer in it, then run this again"
  dpkg --configure -a >&2
  apt-get update -q >&2
  apt-get install -q -y --no-install-recommends ca-certificates curl >&2
  mkdir -p /etc/apt/keyrings /etc/apt/sources.list.d
  key=/etc/apt/keyrings/cloudflare-main.gpg
  curl -fsS --proto =https --retry 3 --max-time 60 -o "$key.new" https://pkg.cloudflare.com/cloudflare-main.gpg >&2 ||
    refuse "pkg.cloudflare.com does not answer; let the zone of this machine reach the internet, then run this again"
  mv "$key.new" "$key"
  printf 'deb [signed-by=%s] https://pkg.cloudflare.com/cloudflared any main\\n' "$key" >/etc/apt/sources.list.d/cloudflared.list
  apt-get update -q >&2
  apt-get install -q -y --no-install-recommends cloudflared >&2
fi
again=false
written() {
  mkdir -p "$(dirname "$1")"
  if [ "$(cat "$1" 2>/dev/null || true)" = "$2" ]; then return; fi
  again=true
  printf '%s\\n' "$2" >"$1.new"
  mv "$1.new" "$1"
}
unit=/etc/systemd/system/tappaas-tunnel.service
[ ! -e "$unit" ] || head -n 1 "$unit" | grep -Fqx "# Written by TAPPaaS Resilience" ||
  refuse "$unit was not written by this program; move it away, nothing was changed"
umask 077
written /etc/tappaas-tunnel/token "$token"
umask 022
written "$unit" "# Written by TAPPaaS Resilience
[Unit]
Description=Connector of the tunnel
Wants=network-online.target
After=network-online.target
[Service]
Type=notify
DynamicUser=yes
LoadCredential=token:/etc/tappaas-tunnel/token
ExecStart=$(command -v cloudflared) --no-autoupdate tunnel run --token-file %d/token
Restart=always
RestartSec=5
[Install]
WantedBy=multi-user.target"
systemctl daemon-reload >&2
systemctl enable tappaas-tunnel.service >&2
if [ "$again" = true ]; then systemctl restart tappaas-tunnel.service >&2; else systemctl start tappaas-tunnel.service >&2; fi
systemctl is-active tappaas-tunnel.service >&2 ||
  refuse "the connector does not run; see journalctl -u tappaas-tunnel in it"`;

/** Stops the connector and removes its token; the package stays. It can be run again. */
export const DISCONNECT = `systemctl disable --now tappaas-tunnel.service >&2 || true
rm -f /etc/tappaas-tunnel/token /etc/systemd/system/tappaas-tunnel.service
systemctl daemon-reload >&2`;

/** Whether there is a token in the machine: \`yes\` or \`no\`. It changes nothing, and does not show the token. */
export const CONNECTED = "if [ -s /etc/tappaas-tunnel/token ]; then echo yes; else echo no; fi";
