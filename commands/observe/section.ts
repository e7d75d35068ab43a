import { isUnanswered } from "../../provider/clients/api-error";

/** One part of a site as it was seen. */
export interface Section<T> {
  /** Whether absence in it means anything. */
  complete: boolean;
  /** Why not. */
  because?: string[];
  /** What was seen. */
  items: T[];
}

/** Why a part may be hidden; undefined where it is not. */
export type Doubt = string | undefined;

/**
 * Looks at one part. A server that refuses, or does not answer, makes the part incomplete and never the site smaller.
 * @param doubts Reasons known before for which something may be hidden.
 */
export async function section<T>(doubts: readonly Doubt[], look: () => Promise<T[]>): Promise<Section<T>> {
  const because = doubts.filter((doubt) => doubt !== undefined);
  try {
    const items = await look();
    return because.length === 0 ? { complete: true, items } : { complete: false, because, items };
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    return { complete: false, because: [...because, error.message], items: [] };
  }
}

/**
 * What was seen now, and what was seen before and may be hidden now: items of a part that is not complete stay, with the day on
 * which they were last seen. In a complete part what is not there is gone.
 */
export function remembered<T extends { lastSeen?: string | undefined }>(
  now: Section<T>,
  before: Section<T> | undefined,
  takenBefore: string,
  keyOf: (item: T) => string,
): Section<T> {
  if (now.complete || before === undefined) return now;
  const seen = new Set(now.items.map(keyOf));
  const hidden = before.items.filter((item) => !seen.has(keyOf(item)));
  return {
    ...now,
    items: [...now.items, ...hidden.map((item) => ({ ...item, lastSeen: item.lastSeen ?? takenBefore }))],
  };
}
