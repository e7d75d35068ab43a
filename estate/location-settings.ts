import * as z from "zod";

import { plainText, text } from "./schema";

/** Where something stands, as far as a fire, a flood or a burglar is concerned. */
export const locationSettings = z
  .strictObject({
    /** Country, ISO 3166: "NL". */
    country: text((code) => /^[A-Z]{2}$/.test(code), 'a country such as "NL"'),
    /** Town: "Utrecht". */
    city: plainText,
    /** Building, by a name or an address that is the same wherever it is written. */
    building: plainText,
  })
  .optional();

/** A place on the map. */
export type Location = z.infer<typeof locationSettings>;

/** Whether two places are one building; false where nobody says where one of them is. */
export function isSameBuilding(one: Location, other: Location): boolean {
  return isSameCity(one, other) && alike(one?.building, other?.building);
}

/** Whether two places are in one town; false where nobody says where one of them is. */
export function isSameCity(one: Location, other: Location): boolean {
  return alike(one?.country, other?.country) && alike(one?.city, other?.city);
}

function alike(one: string | undefined, other: string | undefined): boolean {
  const plain = (words: string) => words.trim().toLowerCase().replaceAll(/\s+/g, " ");
  return one !== undefined && other !== undefined && plain(one) === plain(other);
}
