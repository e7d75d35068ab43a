import { quoted } from "../ssh/quoted";

/** Where a node finds the snapshots, as its storage entry says it. */
export interface ConfigStore {
  /** Identifier of the storage entry. */
  readonly storage: string;
  /** `user@realm!token@server:port:datastore`. */
  readonly repository: string;
  /** SHA-256 of the server's certificate; undefined where the system's CAs decide. */
  readonly fingerprint: string | undefined;
  /** Namespace; empty for the root. */
  readonly namespace: string;
}

/** Lists every snapshot that the login sees, as JSON. */
export function listing(store: ConfigStore): string {
  return shellCommand(store, 'exec proxmox-backup-client snapshot list --output-format json "${ns[@]}"', []);
}

/**
 * Reads archives back below a new directory, or one file of one archive; the key comes by standard input and is in a file that
 * root alone can read for as long as it takes.
 *
 * Arguments: the snapshot; the directory, empty to print what was read as text instead; the file, empty for everything; archives.
 */
export const READ_BACK = `snapshot=$1 target=$2 file=$3
shift 3
umask 077
refuse() { echo "$1" >&2; exit 1; }
[ -z "$target" ] || [ ! -e "$target" ] || refuse "$target is there already, nothing was written; say another"
work=$(mktemp -d /run/tappaas-read-back.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$work/key"
mkdir "$work/all"
for archive in "$@"; do
  proxmox-backup-client restore "$snapshot" "$archive" "$work/all/\${archive%.pxar}" --keyfile "$work/key" "\${ns[@]}" >&2
done
rm -f "$work/key"
from=$work/all
if [ -n "$file" ]; then
  from=$work/one
  [ -e "$work/all/$file" ] || [ -L "$work/all/$file" ] || refuse "it holds no $file; read everything back and look, without a file"
  mkdir -p "$from/$(dirname "$file")"
  cp -a "$work/all/$file" "$from/$file"
fi
if [ -n "$target" ]; then
  mkdir -p "$(dirname "$target")"
  mkdir "$target"
  cp -a "$from/." "$target/"
else
  tar -C "$from" -czf - . | base64
fi`;

/** A script with its arguments as one command line for a node's shell. Nothing of it is secret: the password stays in PVE's file. */
export function shellCommand(
  { storage, repository, fingerprint, namespace }: ConfigStore,
  script: string,
  words: readonly string[],
): string {
  const prelude = [
    "set -euo pipefail",
    `export LC_ALL=C PBS_REPOSITORY=${quoted(repository)} PBS_PASSWORD_FILE=${quoted(`/etc/pve/priv/storage/${storage}.pw`)}`,
    ...(fingerprint === undefined ? [] : [`export PBS_FINGERPRINT=${quoted(fingerprint)}`]),
    namespace === "" ? "ns=()" : `ns=(--ns ${quoted(namespace)})`,
  ];
  return ["bash", "-c", [...prelude, script].join("\n"), "read-back", ...words].map(quoted).join(" ");
}
