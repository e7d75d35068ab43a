import { type Estate } from "../estate/estate";
import { type Guest } from "../estate/guest";
import { type Observation } from "../estate/observation";
import { toSeconds } from "../estate/units/duration";
import { guestId } from "../estate/units/guest-id";
import { type GuestStart } from "./model";
import { type Rates } from "./rates";

/** Tells what starts a guest when its node has power again. Of one that nobody has seen it is taken that its node does. */
export function startsOf(
  estate: Estate,
  rates: Rates,
  observation: Observation | undefined,
): (guest: Guest) => GuestStart {
  const written = new Map(estate.startup.map((place) => [place.guest.vmid, place]));
  const seen = new Map((observation?.guests.items ?? []).map((guest) => [guest.vmid, guest]));
  return (guest) => {
    const own = written.get(guest.vmid);
    const found = seen.get(guest.vmid);
    // PVE waits after a VM, and not after a container, where nobody wrote how long.
    const usual = guest.kind === "vm" ? rates.startPause.expected : 0;
    return {
      by: isUnseen(guest, observation) ? "node" : starterOf(guest, found?.onBoot === true, observation),
      order: own?.order ?? found?.startOrder,
      pause: own?.pause === undefined ? usual : toSeconds(own.pause),
    };
  };
}

/** Guests of which nobody knows what starts them. */
export function unseenStarts({ guests }: Pick<Estate, "guests">, observation: Observation | undefined): Guest[] {
  return guests.filter((guest) => isUnseen(guest, observation));
}

function isUnseen(guest: Guest, observation: Observation | undefined): boolean {
  if (guest.ha !== undefined) return false;
  const seen = observation?.guests.items.some(({ vmid }) => vmid === guest.vmid) === true;
  return !seen || observation.highAvailability?.complete === false;
}

/**
 * High availability starts what it watches, and leaves off what it has as stopped, whatever `onboot` says; what it ignores is its node's
 * again. A failover that is declared is watched once it is applied.
 * @see https://pve.proxmox.com/pve-docs/chapter-ha-manager.html#_resources
 */
function starterOf(guest: Guest, onBoot: boolean, observation: Observation | undefined): GuestStart["by"] {
  const id = guestId(guest.kind, guest.vmid);
  const watched = observation?.highAvailability?.items.find((one) => one.kind === "resource" && one.id === id);
  if (watched === undefined) return guest.ha !== undefined ? "ha" : onBoot ? "node" : "nobody";
  const { state = "started" } = watched;
  if (state === "ignored") return onBoot ? "node" : "nobody";
  return state === "started" || state === "enabled" ? "ha" : "nobody";
}
