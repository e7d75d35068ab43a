import { isDuration } from "../../estate/units/duration";
import { isGuestId, type GuestId } from "../../estate/units/guest-id";
import { type Problem } from "../internal/problems";
import { type RebuiltGuest, type RebuiltGuestsArgs } from "./rebuilt-guests";

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function rebuiltGuestsProblems({ guests, freeSince, startLimit }: RebuiltGuestsArgs): Problem[] {
  const problems: Problem[] = guests.flatMap((guest, index) => guestProblems(guest, `guests[${index}]`));
  const ids = guests.map(({ guest }) => guest);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  for (const id of twice) problems.push({ path: "guests", reason: `expected each guest once, got ${id} twice` });
  problems.push(...cycles(guests, "restoreAfter"), ...cycles(guests, "startAfter"));
  if (Number.isNaN(Date.parse(freeSince)))
    problems.push({
      path: "freeSince",
      reason: `expected a moment such as "2026-11-26T10:15:00Z", got "${freeSince}"`,
    });
  if (startLimit !== undefined && !isDuration(startLimit))
    problems.push({
      path: "startLimit",
      reason: `expected a duration such as "5 minutes", got "${String(startLimit)}"`,
    });
  return problems;
}

function guestProblems({ guest, archive }: RebuiltGuest, path: string): Problem[] {
  if (!isGuestId(guest))
    return [{ path: `${path}.guest`, reason: `expected "vm:<vmid>" or "ct:<vmid>", got "${String(guest)}"` }];
  const kind = /:backup\/(vm|ct)\//.exec(archive)?.[1];
  if (kind !== undefined && guest.startsWith(`${kind}:`)) return [];
  return [{ path: `${path}.archive`, reason: `expected a snapshot of a guest of that kind, got "${archive}"` }];
}

/** Guests that would wait for themselves. */
function cycles(guests: readonly RebuiltGuest[], field: "restoreAfter" | "startAfter"): Problem[] {
  const waitsFor = new Map(guests.map((guest) => [guest.guest, guest[field] ?? []]));
  const reaches = (from: GuestId, to: GuestId, seen: Set<GuestId>): boolean =>
    (waitsFor.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  const caught = guests.filter(({ guest }) => reaches(guest, guest, new Set()));
  return caught.map(({ guest }) => ({ path: field, reason: `expected an order, got ${guest} waiting for itself` }));
}
