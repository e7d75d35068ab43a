import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Site } from "./site";

/** What a machine of the lab has for itself; everything else of its shell (`/usr`, `/tmp`) is this machine's. */
const OWN = ["etc", "var", "run", "mnt", "srv"];

/** Without these a program of this machine does not start, or cannot say who it is. */
const BORROWED = ["alternatives", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "passwd"];

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n';

/** Where a file of a machine's shell lies on this machine. */
export function nodeFile(site: Site, machine: string, path: string): string {
  const own = OWN.includes(path.split("/")[1] ?? "");
  return own ? join(site.state.path("machines", machine, "root"), path) : path;
}

/** Makes the directories that a machine has for itself below `root`. Can be repeated; what is there stays. */
export function furnish(root: string): void {
  for (const directory of [...OWN, "dev", "devices", "root", "tmp", "var/lib", "var/log", "run/lock"])
    mkdirSync(join(root, directory), { recursive: true });
  for (const name of BORROWED) {
    const own = join(root, "etc", name);
    if (!existsSync(own) && existsSync(join("/etc", name)))
      cpSync(join("/etc", name), own, { recursive: true, verbatimSymlinks: true });
  }
  if (!existsSync(join(root, "etc/os-release"))) writeFileSync(join(root, "etc/os-release"), DEBIAN);
}

/** File below the root that says what is mounted in it: a source of this machine, a tab, a path of the machine's. */
export const MOUNTS = "mounts";

/**
 * Puts the machine's own directories over this machine's, in a mount namespace that ends with the command, and then runs it.
 * `/dev` holds the harmless devices and what lies in `devices` below the root. The machine's programs stand in the place of this
 * machine's, also for a script that sets a PATH of its own.
 */
const ENTER = `set -e
root=$1 programs=$2
shift 2
for program in "$programs"/*; do
  for known in "/usr/sbin/\${program##*/}" "/usr/bin/\${program##*/}"; do
    [ ! -f "$known" ] || mount --bind "$program" "$known"
  done
done
mounts=$(cat "$root/${MOUNTS}" 2>/dev/null || true)
put() {
  while IFS=$'\\t' read -r source target; do
    case "$target" in $1) ;; *) continue ;; esac
    if [ -d "$source" ]; then mkdir -p "$root$target"; else mkdir -p "$(dirname "$root$target")" && : >"$root$target"; fi
    mount --bind "$source" "$root$target"
  done <<<"$mounts"
}
put '/[!d]*'
for directory in ${OWN.join(" ")}; do
  [ ! -d "/$directory" ] || mount --rbind "$root/$directory" "/$directory"
done
mount -t tmpfs -o mode=755 lab "$root/dev"
for device in null zero full random urandom tty; do
  [ ! -e "/dev/$device" ] || { : >"$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"; }
done
cp -a "$root/devices/." "$root/dev/"
put '/dev/*'
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount --rbind "$root/dev" /dev
exec "$@"`;

const NAMESPACE = ["--mount", "--propagation", "private"];

let permitted: readonly string[] | undefined;

/** Options with which this machine lets us have a mount namespace; @throws {Error} When it does not at all. */
function namespaceOptions(): readonly string[] {
  permitted ??= [NAMESPACE, ["--user", "--map-root-user", ...NAMESPACE]].find(
    (options) =>
      spawnSync("unshare", [...options, "mount", "--bind", "/tmp", "/mnt"], { stdio: "ignore" }).status === 0,
  );
  if (permitted !== undefined) return permitted;
  throw new Error(
    "a machine of the lab has files of its own, for which it needs a mount namespace, and this machine permits none. " +
      "Run the lab as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).",
  );
}

/** `argv` as the command line that runs it with `root` for its own files and `programs` before all others. */
export function inOwnRoot(root: string, programs: string, argv: readonly string[]): readonly string[] {
  return ["unshare", ...namespaceOptions(), "bash", "-c", ENTER, "bash", root, programs, ...argv];
}
