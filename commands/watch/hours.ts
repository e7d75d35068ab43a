/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/** Milliseconds of a day. */
export const DAY_MS = 24 * HOUR_MS;

/** Hours between two backups where nothing says more: every night. */
export const NIGHT_HOURS = 24;

/** Hours that are given to a slow night before anything is late. */
export const GRACE_HOURS = 2;

/** Milliseconds by which clocks may differ: what is dated further ahead was dated by a wrong one. */
export const AHEAD_MS = HOUR_MS;
