import * as z from "zod";

import { type Finding, type Problem } from "./problem";
import { retentionSettings } from "./retention-settings";
import { expecting, identifier, plainText, scheduleText, text } from "./schema";
import { type Settings } from "./settings";

const copy = z.strictObject({
  /** Who has it: `vault`, a server of one's own, or `peer`, somebody else's. */
  kind: z.enum(["vault", "peer"], expecting('"vault" or "peer"')),
  /** Where it stands, for people: `my sister's house in Utrecht`. */
  place: plainText,
  /** User of `backup.readers` with which it fetches. */
  reader: identifier("userId"),
  /** Whether it stands in the same building: then what burns the site down burns it too, and it is none elsewhere. @default false */
  sameBuilding: z.boolean().default(false),
  /**
   * Whether a login that may delete over there lies at home too: on the same machine, in the same secret store, or under the same
   * passphrase. Then one theft destroys both. @default false
   */
  loginAtHome: z.boolean().default(false),
  /** When it fetches. @default "05:00" */
  schedule: scheduleText.default("05:00"),
  /** What is kept there. @default - 7 days, 4 weeks, 12 months, years for ever */
  retention: retentionSettings.optional(),
  /** Whether it is reread there by a schedule. @default true */
  verified: z.boolean().default(true),
});

/** Copies at other places, by a name of one's own. Home declares none of them, and counts them as they are described here. */
export const offsiteSettings = z
  .record(
    text((name) => /^[a-z][a-z0-9-]{1,30}$/.test(name), 'a name such as "vault"'),
    copy,
  )
  .default({});

/** A copy at another place. */
export interface OffsiteCopy extends Readonly<z.infer<typeof copy>> {
  /** Its name in the settings. */
  readonly name: string;
}

/** The copies of the settings, by name. */
export function offsiteCopiesOf({ offsite }: Pick<Settings, "offsite">): OffsiteCopy[] {
  return Object.entries(offsite)
    .map(([name, described]) => ({ name, ...described }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A copy without a login with which it could be fetched is none. */
export function offsiteProblems(settings: Settings): Problem[] {
  const { readers } = settings.backup;
  const copies = offsiteCopiesOf(settings);
  return copies.flatMap(({ name, reader }, index) => {
    const path = `offsite.${name}.reader`;
    if (!readers.includes(reader)) {
      const cure = `write readers: [${reader}] under backup, or name one that is there`;
      return [{ path, expected: "one of backup.readers, with which it fetches", got: `"${reader}"`, cure }];
    }
    const other = copies.slice(0, index).find((one) => one.reader === reader);
    if (other === undefined) return [];
    return [
      { path, expected: `a user of its own, and ${reader} is that of ${other.name}`, cure: "give each place its own" },
    ];
  });
}

/** What an owner should know of the copies elsewhere. */
export function offsiteFindings(settings: Settings): Finding[] {
  const copies = offsiteCopiesOf(settings);
  const unknown = settings.backup.readers.filter((reader) => !copies.some((one) => one.reader === reader));
  return [
    ...unknown.map((reader) => ({
      path: "backup.readers",
      advice: `${reader} may fetch copies, and nothing says where they lie; they count for nothing until offsite says so`,
    })),
    ...copies.flatMap(({ name, sameBuilding, loginAtHome }) => [
      ...(sameBuilding
        ? [
            {
              path: `offsite.${name}`,
              advice: "it stands in the same building and is no copy elsewhere; fire and theft reach both",
            },
          ]
        : []),
      ...(loginAtHome
        ? [
            {
              path: `offsite.${name}`,
              advice: "a login that may delete there lies at home, so that one theft destroys both; keep it elsewhere",
            },
          ]
        : []),
    ]),
  ];
}
