import { type Judgement } from "../../planning/judgement-schema";
import { timeText } from "./time-text";

/** Bytes as people say them: `1.4 TB`, `820 GB`. */
export function bytesText(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(bytes >= 1e10 ? 0 : 1)} GB`;
}

/** Days as people say them: `27 days`, `3 years`. */
function spanText(days: number): string {
  const years = Math.round((days / 365.25) * 10) / 10;
  if (years < 1) return days === 1 ? "1 day" : `${days} days`;
  return years === 1 ? "1 year" : `${years} years`;
}

/** What helps a backup against what holds it up. Whoever sets these is the owner: the program changes none of them. */
const HELPS: Readonly<Record<string, { readonly what: string; readonly helps: string }>> = {
  "latency of chunks": {
    what: "the time in which the datastore answers for a chunk",
    helps: "SSDs under the datastore; disks of the server's own instead of a network mount",
  },
  "unpacking, hashing and decrypting": {
    what: "hashing, packing and encrypting on the node",
    helps: "more or faster cores with AES in hardware; a processor type that shows it to a backup server in a machine",
  },
  "reading the store": {
    what: "the disks of the datastore",
    helps: "SSDs, or more disks side by side; disks of the server's own instead of a network mount",
  },
  "the network": {
    what: "the network between nodes and backup server",
    helps: "a faster link; MTU 9000, where every device on the way has it",
  },
  "writing the disks": {
    what: "the guests' own disks",
    helps: "SSDs; atime off on their pool; guests out of the backup whose data can be made again",
  },
};

/** What probably holds a night's backup up, and what helps. */
function holdsUp(bottleneck: string | null): string {
  const known = bottleneck === null ? undefined : HELPS[bottleneck];
  return known === undefined ? "" : ` It is probably held up most by ${known.what}; what helps: ${known.helps}.`;
}

/** What is said of a night's backup. */
export function windowLines({ window }: Judgement): string[] {
  if (window === null) return [];
  const { bound, estimate, limit, fits, measured, bottleneck } = window;
  const time = limit === null ? "no chore of the datastore follows" : `the next chore begins ${timeText(limit)} later`;
  const first = `A night's backup takes about ${timeText(estimate)} when everything is read, and at least ${timeText(bound)}; ${time}${fits ? "" : ". It does not fit"}.${holdsUp(bottleneck)}`;
  if (measured === null) return [first];
  const { measuredOn, seconds, bytes, timesLeast, suspicious } = measured;
  const times = `${timesLeast.toFixed(timesLeast < 10 ? 1 : 0)} times the least possible`;
  const advice = suspicious ? "; that is more than slow disks explain: look at network, CPU and disks" : "";
  return [first, `The run of ${measuredOn} took ${timeText(seconds)} for ${bytesText(bytes)}, ${times}${advice}.`];
}

/** Columns of the table of what is kept. */
export const STORE_COLUMNS = [
  "after",
  "versions of a guest",
  "the oldest of them",
  "the datastore holds about",
  "at least",
] as const;

/** What is kept and how large it is, as those columns have it. */
export function storeRows({ store }: Judgement): string[][] {
  return (store?.days ?? []).map(({ days, held, bound, estimate }) => [
    spanText(days),
    held.map(({ copy, versions }) => `${versions}${held.length > 1 ? ` (${copy})` : ""}`).join(", "),
    held.map(({ oldestDays }) => spanText(oldestDays)).join(", "),
    bytesText(estimate),
    bytesText(bound),
  ]);
}

/** When the datastore is full, in a sentence. */
export function fullText({ store }: Judgement): string {
  if (store === null) return "No guest has a backup.";
  if (store.size === null) return "Nobody wrote down how large the datastore is: datastoreSize in planning.json.";
  if (store.fullAfter === null) return `Its ${bytesText(store.size)} suffice for ten years.`;
  return `Its ${bytesText(store.size)} are full after about ${spanText(store.fullAfter)}.`;
}

/** Columns of the table of what choices cost. */
export const COST_COLUMNS = [
  "what is added",
  "a month",
  "all back after one thing breaks",
  "after a disaster",
  "",
] as const;

/** Choices as those columns have them, the cheapest first. */
export function costRows({ cost }: Judgement): string[][] {
  if (cost === null) return [];
  const time = (seconds: number | null) => (seconds === null ? "never: data is lost" : timeText(seconds));
  return cost.choices
    .toSorted((a, b) => a.perMonth - b.perMonth)
    .map(({ adds, perMonth, afterFailure, afterDisaster, onFrontier }) => [
      adds.length === 0 ? "nothing: the site as it is" : adds.join(", "),
      `${perMonth.toFixed(2)} ${cost.currency}`,
      time(afterFailure),
      time(afterDisaster),
      onFrontier ? "" : "another is as good for less",
    ]);
}

/** What the site costs, in a sentence. */
export function costText({ cost }: Judgement): string {
  if (cost === null) return "There is no price table: prices in planning.json.";
  const { currency, asOf, perMonth, parts, unpriced } = cost;
  const each = parts.map(({ name, perMonth: part }) => `${name} ${part.toFixed(2)}`).join(", ");
  const without = unpriced.length === 0 ? "" : ` Without a price: ${unpriced.join(", ")}.`;
  return `${perMonth.toFixed(2)} ${currency} a month${each === "" ? "" : ` (${each})`}, by prices of ${asOf}.${without}`;
}
