import { type Estate } from "../estate/estate";
import { type OffsiteCopy } from "../estate/offsite-settings";
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
    name: `the ${copy.kind} at ${copy.place}`,
    within: copy.sameBuilding ? siteId(estate) : undefined,
    disks: [],
    medium: `chunks of the ${copy.kind} at ${copy.place}`,
  }));
}

/**
 * What can be stolen over there, and opens nothing at home. Home opens none of it either, unless the settings say that such a login
 * lies at home.
 */
export function offsiteCredentials({ offsite }: Estate): Credential[] {
  return offsite.map((copy) => ({
    id: credentialId(copy),
    name: `the login that runs the ${copy.kind} at ${copy.place}`,
    opens: [],
  }));
}

/** Those of them that lie at home. */
export function offsiteLoginsAtHome({ offsite }: Estate): string[] {
  return offsite.filter(({ loginAtHome }) => loginAtHome).map(credentialId);
}

/** Every backup of the site once more at each place, as old as the way there makes it. */
export function offsiteCopies({ offsite }: Estate, backups: readonly ScheduledCopy[]): Copy[] {
  return offsite.flatMap((place) =>
    backups.map(({ copy: own, schedule }): Copy => ({
      ...own,
      id: `off-site:${place.name}:${own.id}`,
      kind: "off-site",
      name: `${own.name}, fetched by the ${place.kind} at ${place.place}`,
      at: placeId(place),
      interval: Math.max(own.interval, intervalOf(place.schedule)),
      lag: lagOf(own.lag, schedule, place.schedule),
      retention: place.retention ?? DEFAULT_RETENTION,
      destroyedBy: [[credentialId(place)]],
      verified: place.verified,
      overInternet: !place.sameBuilding,
    })),
  );
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
  return offsite.map(({ kind, place }) => ({
    text: `the ${kind} at ${place} fetches and keeps what the settings say of it`,
    cure: "look at its own stack: make drift over there; nothing at home can see it",
  }));
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
