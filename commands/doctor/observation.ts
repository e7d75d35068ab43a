import { ok, warning, type Check, type Finding } from "./check";
import { type DoctoredSite } from "./site";

const DAY_MS = 86_400_000;
/** Days after which a site is likely to have changed more than anybody remembers. */
const OLD_DAYS = 30;

/** What was seen of the site: the program takes over what is in it instead of making it twice. */
export function observationCheck({ files }: DoctoredSite, now = Date.now()): Check {
  return { name: "observation", run: () => Promise.resolve([observationFinding(files?.observation?.takenAt, now)]) };
}

/** @param takenAt When the site was looked at, RFC 3339; undefined when nobody has. */
export function observationFinding(takenAt: string | undefined, now: number): Finding {
  const cure = "make observe";
  if (takenAt === undefined) return warning("nobody has looked at the site yet: what exists is not known", cure);
  const days = Math.floor((now - Date.parse(takenAt)) / DAY_MS);
  const age = days === 0 ? "today" : `${days} days ago`;
  return days > OLD_DAYS ? warning(`the site was looked at ${age}`, cure) : ok(`the site was looked at ${age}`);
}
