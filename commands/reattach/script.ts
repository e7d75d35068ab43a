import { quoted } from "../ssh/quoted";

/**
 * Gives a guest its configuration, from standard input. It writes over nothing: a number that a file of any node bears is refused, and so
 * is a file that came meanwhile.
 *
 * Arguments: the node, the folder, the VMID.
 */
const GIVE_BACK = `set -euo pipefail
node=$1 folder=$2 vmid=$3
refuse() { echo "$1" >&2; exit 1; }
for known in /etc/pve/nodes/*/qemu-server/"$vmid".conf /etc/pve/nodes/*/lxc/"$vmid".conf; do
  [ ! -e "$known" ] || refuse "$known is there already, nothing was written"
done
[ -d "/etc/pve/nodes/$node/$folder" ] || refuse "/etc/pve/nodes/$node/$folder is not there; is $node in the cluster?"
text=$(cat)
[ -n "$text" ] || refuse "nothing came to be written"
set -o noclobber
printf '%s\\n' "$text" >"/etc/pve/nodes/$node/$folder/$vmid.conf"`;

/** The command line for a node's shell. */
export function giveBack(node: string, folder: string, vmid: number): string {
  return ["bash", "-c", GIVE_BACK, "give-back", node, folder, String(vmid)].map(quoted).join(" ");
}
