import * as z from "zod";

import { bucketSettings, type BucketSettings } from "./bucket-settings";
import { isSameBuilding, isSameCity, locationSettings, type Location } from "./location-settings";
import { type Finding, type Problem } from "./problem";
import { retentionSettings } from "./retention-settings";
import { expecting, identifier, plainText, scheduleText, text } from "./schema";
import { type Settings } from "./settings";
import { type Retention } from "./units/retention";

const copy = z.strictObject({
  /** Who has it: `vault`, a server of one's own, `peer`, somebody else's, or `s3`, a bucket. */
  kind: z.enum(["vault", "peer"]),
  /** Where it stands, for people: `my sister's house in Utrecht`. */
  place: plainText,
  /** Where that is on the map; beside the site's own `location`, the same building is known without being asked. @default - nobody says */
  location: locationSettings,
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

/**
 * Copies at other places, by a name of one's own. A vault and a peer fetch: home declares none of them, and counts them as they are
 * described here. A bucket is filled by home, which declares it.
 */
export const offsiteSettings = z
  .record(
    text((name) => /^[a-z][a-z0-9-]{1,30}$/.test(name), 'a name such as "vault"'),
    z.discriminatedUnion("kind", [bucketSettings, copy], expecting('kind to be "vault", "peer" or "s3"')),
  )
  .default({});

/** A copy at another place. */
export interface OffsiteCopy {
  /** Its name in the settings. */
  readonly name: string;
  /** Who has it: a vault and a peer fetch, a bucket is filled, a hosted server is sent to. */
  readonly kind: "vault" | "peer" | "s3" | "hosted";
  /** Where it stands, for people. */
  readonly place: string;
  /** Where that is on the map; undefined where nobody says. */
  readonly location: Location;
  /** User with which it fetches; undefined for a bucket, which is filled. */
  readonly reader: string | undefined;
  /** Whether it stands in the same building. */
  readonly sameBuilding: boolean;
  /** Whether a login that may delete over there lies at home. */
  readonly loginAtHome: boolean;
  /** When it gets what is new. */
  readonly schedule: string;
  /** What is kept there; undefined for the usual. */
  readonly retention: Retention | undefined;
  /** Whether it is reread by a schedule. */
  readonly verified: boolean;
  /** For a bucket that home's own key may delete from: days after which that is for good. Undefined where it may not. */
  readonly deletedAfterDays: number | undefined;
}

/** A copy in a bucket, that home declares. */
export interface BucketCopySettings extends Readonly<BucketSettings> {
  /** Its name in the settings. */
  readonly name: string;
}

/** A copy as people read it: `the vault at my sister's house`. */
export function copyName({ kind, place }: Pick<OffsiteCopy, "kind" | "place">): string {
  return `the ${{ vault: "vault", peer: "peer", s3: "bucket", hosted: "hosted server" }[kind]} at ${place}`;
}

/** The copies of the settings, by name. One in the building of the site stands there, whatever else is said of it. */
export function offsiteCopiesOf({ offsite, location }: Pick<Settings, "offsite" | "location">): OffsiteCopy[] {
  return Object.entries(offsite)
    .map(([name, described]): OffsiteCopy => {
      const { kind, place, sameBuilding, loginAtHome } = described;
      const common = { name, kind, place, location: undefined, sameBuilding, loginAtHome };
      if (described.kind !== "s3") {
        const { reader, schedule, retention, verified } = described;
        const isHere = sameBuilding || isSameBuilding(location, described.location);
        const where = { location: described.location, sameBuilding: isHere };
        return { ...common, ...where, reader, schedule, retention, verified, deletedAfterDays: undefined };
      }
      const { jobs, mode, undeleteDays } = described;
      return {
        ...{ ...common, reader: undefined, schedule: jobs.schedule, retention: jobs.retention },
        verified: jobs.verifySchedule !== undefined,
        deletedAfterDays: mode === "ordinary" ? undeleteDays : undefined,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The copies in buckets, by name. */
export function bucketCopiesOf({ offsite }: Pick<Settings, "offsite">): BucketCopySettings[] {
  return Object.entries(offsite)
    .flatMap(([name, described]) => (described.kind === "s3" ? [{ name, ...described }] : []))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A copy without a login with which it could be fetched is none. */
export function offsiteProblems(settings: Settings): Problem[] {
  const { readers } = settings.backup;
  const copies = Object.entries(settings.offsite).flatMap(([name, described]) =>
    described.kind === "s3" ? [] : [{ name, reader: described.reader }],
  );
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
  const readers = Object.values(settings.offsite).flatMap((one) => (one.kind === "s3" ? [] : [one.reader]));
  const unknown = settings.backup.readers.filter((reader) => !readers.includes(reader));
  return [
    ...unknown.map((reader) => ({
      path: "backup.readers",
      advice: `${reader} may fetch copies, and nothing says where they lie; they count for nothing until offsite says so`,
    })),
    ...offsiteCopiesOf(settings).flatMap((one) => placeFindings(one, settings.location)),
  ];
}

function placeFindings({ name, sameBuilding, loginAtHome, location }: OffsiteCopy, own: Location): Finding[] {
  const path = `offsite.${name}`;
  const building = "it stands in the same building and is no copy elsewhere; fire and theft reach both";
  const login = "a login that may delete there lies at home, so that one theft destroys both; keep it elsewhere";
  const town = "it stands in the same town; fire and theft reach one of the two, a flood or a long power cut both";
  return [
    ...(sameBuilding ? [{ path, advice: building }] : []),
    ...(!sameBuilding && isSameCity(own, location) ? [{ path, advice: town }] : []),
    ...(loginAtHome ? [{ path, advice: login }] : []),
  ];
}
