import { type DrHostSettings } from "../../estate/dr-host-settings";
import { guestId } from "../../estate/units/guest-id";
import { listeners, nameOf, type ComingGuest } from "./host-problems";
import { type HostSeen } from "./host-seen";

/** A guest on somebody else's node. */
export interface ExposedGuest {
  /** `vm:3140`. */
  readonly guest: string;
  /** Its name there. */
  readonly name: string;
}

/** What somebody else can read, as it was seen on the host, and until when somebody accepts it; a line each. */
export function exposureLines(settings: DrHostSettings, host: HostSeen, coming: readonly ComingGuest[]): string[] {
  const guests = coming.map(({ kind, vmid, name }) => ({ guest: guestId(kind, vmid), name }));
  return whoReads(settings, guests, [...jobsThatTake(host, coming), ...listenersOf(host, coming)]);
}

/**
 * What somebody else can read, and until when somebody accepts it; a line each.
 * @param seen What was seen of the host besides.
 */
export function whoReads(
  { exposure, backups, nightly, home, host: { node } }: DrHostSettings,
  guests: readonly ExposedGuest[],
  seen: readonly string[] = [],
): string[] {
  const names = guests.map(({ guest, name }) => `${guest} ${name}`).join(", ");
  const accepted =
    exposure === undefined
      ? "Nobody accepted it."
      : `Accepted by ${exposure.who} until ${exposure.until}: ${exposure.why}.`;
  return [
    `On ${node} others can read, and nothing of ours prevents it:`,
    `  root of ${node}, and whoever takes it over: memory and disks of ${names}`,
    `  the same: the encryption key of ${home}, in /etc/pve/priv/storage, and with the login ${backups.authId} every backup in ` +
      `${backups.datastore} on ${backups.address} that it may read; with ${nightly.authId} what it wrote itself`,
    ...seen.map((line) => `  ${line}`),
    accepted,
    `After the guests are home again the key is rotated, and the logins ${backups.authId} and ${nightly.authId} are removed.`,
  ];
}

/** Jobs of the host's own into which these guests fall. */
function jobsThatTake({ jobs }: HostSeen, coming: readonly ComingGuest[]): string[] {
  return jobs.flatMap(({ id, vmids, pool, exclude, storage }) => {
    if (vmids !== undefined) return [];
    const where = storage === undefined ? "" : ` to ${storage}`;
    if (pool !== undefined)
      return [`the host's backup job ${id}, if one of them is put into the pool ${pool}; none is put there by us`];
    const taken = coming.filter(({ vmid }) => !exclude.includes(vmid)).map(({ vmid }) => vmid);
    if (taken.length === 0) return [];
    return [
      `the host's own backups: its job ${id} takes all guests${where}, and so ${taken.join(", ")}, with the host's key or none; ` +
        `ask its owner to exclude them there`,
    ];
  });
}

function listenersOf(host: HostSeen, coming: readonly ComingGuest[]): string[] {
  const heard = listeners(
    host,
    coming.flatMap(({ networks }) => networks),
  );
  if (heard.length === 0) return [];
  return [`${heard.map(nameOf).join(", ")} of the host: they get every VLAN of the bridge, ours too`];
}
