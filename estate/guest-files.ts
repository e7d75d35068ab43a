import { type Guest } from "./guest";
import { type ObservedGuest, type Observation } from "./observation";
import { type Finding } from "./problem";
import { guestId } from "./units/guest-id";

/** Guests that start only where a file lies which is in no backup of theirs: on no other node, and on no new one. */
export function guestFileFindings(guests: readonly Guest[], observation: Observation | undefined): Finding[] {
  return (observation?.guests.items ?? []).flatMap(({ vmid, files = [] }) => {
    const guest = guests.find((one) => one.vmid === vmid);
    return guest === undefined ? [] : files.map((file) => findingOf(guest, file, observation));
  });
}

type File = NonNullable<ObservedGuest["files"]>[number];

function findingOf(guest: Guest, { line, volume }: File, observation: Observation | undefined): Finding {
  const { kind, vmid, name, ha } = guest;
  const storage = volume.split(":")[0] ?? "";
  const type = observation?.storages.items.find((one) => one.storage === storage)?.type;
  const everywhere = type !== undefined && SHARED.has(type);
  const takeOver = ha !== undefined && !everywhere ? ", and a failover ends with it off" : "";
  return {
    path: `guest ${guestId(kind, vmid)} "${name}"`,
    advice: `its ${line} names ${volume}, which is in none of its backups; where that file is missing it does not start${takeOver}: ${cureOf(guest, line, everywhere)}`,
  };
}

/** Types of storages that all nodes see. @see https://pve.proxmox.com/pve-docs/chapter-pvesm.html */
const SHARED: ReadonlySet<string> = new Set(["nfs", "cifs", "cephfs"]);

function cureOf({ kind, vmid, ha }: Guest, line: string, everywhere: boolean): string {
  const command = kind === "ct" ? "pct" : "qm";
  if (/\d$/.test(line)) return `\`${command} set ${vmid} --${line} none,media=cdrom\` empties the drive`;
  const nodes = ha !== undefined && !everywhere ? " on each of its nodes, and" : "";
  const beside = `keep a copy of it${nodes} with the bundle`;
  return line === "hookscript" ? `${beside}, or \`${command} set ${vmid} --delete hookscript\`` : beside;
}
