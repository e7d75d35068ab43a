import * as z from "zod";

import { type Guest } from "./guest";
import { type Finding, type Parsed } from "./problem";
import { parse, plainText } from "./schema";
import { guestId } from "./units/guest-id";

/** TAPPaaS' network zones, beside its configuration. */
export const ZONES_FILE = "zones.json";

/** State of each network zone, by its name. */
export type Zones = Readonly<Record<string, string>>;

/** States in which TAPPaaS makes no network for a zone. Source: TAPPaaS, src/foundation/firewall/zones.json. */
const WITHOUT_NETWORK: ReadonlySet<string> = new Set(["Inactive", "Disabled"]);

const zonesSchema = z.record(z.string(), z.unknown());
const zoneSchema = z.looseObject({ state: plainText });

/** Reads `zones.json`. What is no zone in it, a comment say, is let through. */
export function parseZones(input: unknown): Parsed<Zones> {
  const parsed = parse(zonesSchema, input, ZONES_FILE);
  if (!parsed.ok) return parsed;
  const states = Object.entries(parsed.value).flatMap(([name, written]) => {
    const zone = zoneSchema.safeParse(written);
    return zone.success ? [[name, zone.data.state] as const] : [];
  });
  return { ok: true, value: Object.fromEntries(states) };
}

/** Guests whose zone has no network: they serve nobody, wherever they are restored or fail over to. */
export function zoneFindings(guests: readonly Guest[], zones: Zones | undefined): Finding[] {
  if (zones === undefined) return [];
  const used = [...new Set(guests.flatMap(({ zone }) => zone ?? []))].sort();
  return used.flatMap((zone) => {
    const state = zones[zone];
    if (state !== undefined && !WITHOUT_NETWORK.has(state)) return [];
    const inside = guests.filter((guest) => guest.zone === zone);
    const names = inside.map(({ kind, vmid, name }) => `${guestId(kind, vmid)} ${name}`).join(", ");
    const what = state === undefined ? `${ZONES_FILE} has no such zone` : `${ZONES_FILE} says ${state}`;
    const advice =
      `${what}, and ${names} ${inside.length === 1 ? "is" : "are"} in it: without a network they serve nobody, here or after a restore; ` +
      "make it Active, or name the zone in which they are";
    return [{ path: `zone ${zone}`, advice }];
  });
}
