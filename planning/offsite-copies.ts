import { type Estate } from "../estate/estate";
import { copyName, type OffsiteCopy } from "../estate/offsite-settings";
import { nextFiring } from "../estate/units/calendar-event";
import { DEFAULT_RETENTION } from "../estate/units/retention";
import { intervalOf } from "./calendar-interval";
import { type Assumption, type Copy, type Credential, type Place } from "./model";
import { siteId } from "./places";
import { type Span } from "./term";

/** Places at which others keep copies of the site. One in the same building goes with the site. */
export function offsitePlaces(estate: Estate): Place[] {
  return estate.offsite.map((copy) => ({
    id: placeId(copy),
    kind: "off-site",
    name: copyName(copy),
    within: copy.sameBuilding ? siteId(estate) : undefined,
    disks: [],
    medium: `chunks of ${copyName(copy)}`,
  }));
}

/**
 * What can be stolen over there, and opens nothing at home. Home opens none of it either, unless the settings say that such a login
 * lies at home. A bucket that home fills has a key at home besides.
 */
export function offsiteCredentials({ offsite }: Estate): Credential[] {
  return offsite.flatMap((copy) => [
    { id: credentialId(copy), name: `the login that runs ${copyName(copy)}`, opens: [] },
    ...(copy.kind === "s3" ? [{ id: keyId(copy), name: `home's key of ${copyName(copy)}`, opens: [] }] : []),
  ]);
}

/** Keys of buckets: the stack has them, and root of the backup server, which sends them. */
export function bucketKeys({ offsite }: Estate): string[] {
  return offsite.filter(({ kind }) => kind === "s3").map(keyId);
}

/** Those of them that lie at home. */
export function offsiteLoginsAtHome({ offsite }: Estate): string[] {
  return offsite.filter(({ loginAtHome }) => loginAtHome).map(credentialId);
}

/**
 * Every backup of the site once more at each place, as old as the way there makes it.
 * @param deleters Credentials of the backup server, any of which deletes what that server may delete.
 */
export function offsiteCopies(
  { offsite }: Estate,
  backups: readonly ScheduledCopy[],
  deleters: readonly string[] = [],
): Copy[] {
  return offsite.flatMap((place) =>
    backups.map(({ copy: own, schedule }): Copy => ({
      ...own,
      id: `off-site:${place.name}:${own.id}`,
      kind: "off-site",
      name: `${own.name}, ${GETS[place.kind]} ${copyName(place)}`,
      at: placeId(place),
      interval: Math.max(own.interval, intervalOf(place.schedule)),
      lag: lagOf(own.lag, schedule, place.schedule),
      retention: place.retention ?? DEFAULT_RETENTION,
      destroyedBy: [[credentialId(place)], ...deletersAtHome(place, deleters)],
      ...(place.deletedAfterDays !== undefined && {
        window: { days: place.deletedAfterDays, atOnceBy: [[credentialId(place)]] },
      }),
      verified: place.verified,
      overInternet: !place.sameBuilding,
    })),
  );
}

/** How a copy comes to its place. */
const GETS = { vault: "fetched by", peer: "fetched by", s3: "copied into", hosted: "sent to" } as const;

/** An ordinary bucket is deleted from home: by its key, and by whoever may prune on the server. After its window that is for good. */
function deletersAtHome(copy: OffsiteCopy, deleters: readonly string[]): string[][] {
  if (copy.deletedAfterDays === undefined) return [];
  return [keyId(copy), ...deleters].map((one) => [one]);
}

/** Backups of a site, and when their job begins. */
export interface ScheduledCopy {
  /** The backups. */
  readonly copy: Copy;
  /** Calendar event of the job. */
  readonly schedule: string;
}

/** What a plan takes as given of each: nothing at home can see it. */
export function offsiteAssumptions({ offsite }: Estate): Assumption[] {
  return offsite.flatMap((copy): Assumption[] =>
    copy.kind === "s3"
      ? bucketAssumptions(copy)
      : copy.kind === "hosted"
        ? [
            {
              text: `${copyName(copy)} keeps what its owner says`,
              cure: "make watch looks at what is there; rereading shows over there alone",
            },
          ]
        : [
            {
              text: `${copyName(copy)} fetches and keeps what the settings say of it`,
              cure: "make watch tells when it last fetched; what it kept of that shows over there alone: make watch and make drift of its own stack",
            },
          ],
  );
}

function bucketAssumptions(copy: OffsiteCopy): Assumption[] {
  const account = {
    text: `the login of the account of ${copyName(copy)} does not lie at home`,
    cure: "keep it with another person, on another machine, in another secret store",
  };
  if (copy.deletedAfterDays === undefined) return [account];
  const window = {
    text: `${copyName(copy)} counts as deleted by whoever takes the backup server over; it gives everything back for ${copy.deletedAfterDays} days`,
    cure: "notice within that time and rewind it: make bucket-rewind; or write mode: append-only",
  };
  return [account, window];
}

/** A common day to look for firings from: a Monday at midnight. */
const MONDAY = "2026-01-05T00:00:00";

/** From the beginning of a backup to the end of the fetching after it; a fetch takes about as long as the backup sent. */
function lagOf({ bound, estimate }: Span, backup: string, fetching: string): Span {
  const begins = nextFiring(backup, MONDAY) ?? MONDAY;
  const after = (seconds: number): number => {
    const ended = new Date(Date.parse(`${begins}Z`) + seconds * 1000).toISOString().slice(0, MONDAY.length);
    const at = nextFiring(fetching, ended) ?? ended;
    return (Date.parse(`${at}Z`) - Date.parse(`${begins}Z`)) / 1000;
  };
  return { bound: after(bound), estimate: after(estimate) + estimate };
}

function placeId({ name }: OffsiteCopy): string {
  return `off-site:${name}`;
}

function credentialId({ name }: OffsiteCopy): string {
  return `credential:off-site:${name}`;
}

function keyId({ name }: OffsiteCopy): string {
  return `credential:bucket-key:${name}`;
}
