/** Day of a moment in RFC 3339, `2026-11-26`. */
export function dayOf(moment: string): string {
  return moment.slice(0, "2026-11-26".length);
}

/**
 * Whether what somebody took upon themselves has ended: it counts up to and with its last day.
 * @param until Its last day, `2027-01-31`; undefined for one without an end.
 * @param today The day on which it is decided.
 */
export function isOver(until: string | undefined, today: string): boolean {
  return until !== undefined && until < today;
}

/** Whether `text` is a day that there is: `2026-11-27`. */
export function isDay(text: string): boolean {
  const moment = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text);
}
