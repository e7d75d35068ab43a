/** What a script is told: texts by variable. */
export type Told = Readonly<Record<string, string>>;

/**
 * A script for a guest's agent: check, then apply. Only one of a purpose runs at a time, also when the run that began another was
 * killed; nothing in it can eat the script itself.
 * @param purpose Part of the lock's name: `backup-server`.
 */
export function guestScript(purpose: string, body: string, told: Told): string {
  const lines = Object.entries(told).map(([name, value]) => `${name}=${quoted(value)}`);
  return [PRELUDE, ...lines, "main() {", lockOf(purpose), body, "}", "main </dev/null", ""].join("\n");
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

const PRELUDE = `set -euo pipefail
umask 022
export LC_ALL=C HOME=/root PATH="\${PATH:+$PATH:}/usr/sbin:/usr/bin:/sbin:/bin" DEBIAN_FRONTEND=noninteractive
refuse() { echo "$1" >&2; exit 1; }`;

function lockOf(purpose: string): string {
  return `exec 9>/run/tappaas-${purpose}.lock
flock -w 1200 9 || refuse "an earlier step still runs in this machine; wait for it, then run this again"`;
}
