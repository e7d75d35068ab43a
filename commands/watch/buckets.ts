import { type BucketCopySettings } from "../../estate/offsite-settings";
import { type Alarm } from "./checks";
import { DAY_MS } from "./hours";

/** What was seen of a bucket that is cleaned from outside. */
export interface SeenBucket {
  /** When it was last cleaned; undefined when it never was. */
  readonly cleaned: Date | undefined;
  /** When its datastore was written down; undefined when nobody did. */
  readonly known: Date | undefined;
}

/** Days after which a cleaning is missed: one a week is the advice. */
const LATE_DAYS = 30;

/**
 * Buckets that grow because nobody cleans them: with a key that deletes nothing the backup server can say nothing of it.
 * @param seen By the name of the copy; a sentence where the bucket does not answer.
 */
export function bucketAlarms(
  copies: readonly Pick<BucketCopySettings, "name">[],
  seen: Readonly<Record<string, SeenBucket | string>>,
  now: Date,
): Alarm[] {
  return copies.flatMap(({ name }) => {
    const found = seen[name];
    if (found === undefined) return [];
    const text = typeof found === "string" ? `it does not answer: ${found}` : lateText(found, now);
    return text === undefined ? [] : [{ what: `bucket ${name}`, text }];
  });
}

function lateText({ cleaned, known }: SeenBucket, now: Date): string | undefined {
  const since = cleaned ?? known;
  if (since === undefined) return undefined;
  const days = Math.floor((now.getTime() - since.getTime()) / DAY_MS);
  if (days <= LATE_DAYS) return undefined;
  const when = cleaned === undefined ? `was never cleaned in its ${days} days` : `was last cleaned ${days} days ago`;
  return `it ${when}, and grows until it is: make s3-clean, on a machine that is not at home, best by a timer`;
}
