/** A span of time written as people say it: `"15 minutes"`, `"1 day"`. The same text serves in Pulumi.<stack>.yaml. */
export type Duration = `${number} ${"minute" | "hour" | "day"}${"" | "s"}`;

const SECONDS = { minute: 60, hour: 3_600, day: 86_400 } as const;
const PATTERN = /^(?<count>[1-9]\d{0,8}) (?<unit>minute|hour|day)s?$/;

/** Whether `text` is a duration: `<positive whole number> <minute|hour|day>[s]`. */
export function isDuration(text: string): text is Duration {
  return PATTERN.test(text);
}

/**
 * Length of a duration in whole seconds.
 * @throws {RangeError} If the text is not `<positive whole number> <minute|hour|day>[s]`.
 */
export function toSeconds(duration: Duration): number {
  const { count, unit } = PATTERN.exec(duration)?.groups ?? {};
  if (count === undefined || unit === undefined) {
    throw new RangeError(`Expected a duration such as "15 minutes", got "${duration}".`);
  }
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
