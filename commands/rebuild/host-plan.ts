import { type RebuildPlan } from "../../estate/rebuild-plan";
import { defined } from "../../estate/units/defined";
import { guestId, parseGuestId, type GuestId } from "../../estate/units/guest-id";
import { type MovedGuest } from "../../planning/host/moved-guest";

/** A plan for home in the host's terms: the same order, with the numbers, names and lines that the guests have there. */
export function hostPlan(plan: RebuildPlan, moved: readonly MovedGuest[]): RebuildPlan {
  const ids = new Map<GuestId, MovedGuest>(moved.map((guest) => [guestId(guest.kind, guest.of), guest]));
  const idOf = (id: GuestId): GuestId => guestId(parseGuestId(id).kind, ids.get(id)?.vmid ?? parseGuestId(id).vmid);
  const guests = plan.guests.flatMap((one) => {
    const guest = ids.get(one.guest);
    if (guest === undefined) return [];
    const { name, configuration, without, storage } = guest;
    const turns = { restoreAfter: one.restoreAfter.map(idOf), startAfter: one.startAfter.map(idOf) };
    const lines = { configuration: { ...configuration }, without: [...without] };
    return [{ ...one, ...turns, ...lines, ...defined({ storage }), guest: idOf(one.guest), name }];
  });
  return { ...plan, guests };
}
