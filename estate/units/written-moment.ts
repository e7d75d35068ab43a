/**
 * A value of a settings file as it was written: what stands there without quotes and looks like a day or a moment reaches a program from the
 * engine, and the file itself after `pulumi config set`, as `2026-11-26 10:15:00 +0000 UTC`. A moment at midnight cannot be told from a day, and comes back as the day.
 */
export function asWritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asWritten(inner)]));
  if (typeof value !== "string") return value;
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) \+0000 UTC$/.exec(value) ?? [];
  if (day === undefined || time === undefined) return value;
  return time === "00:00:00" ? day : `${day}T${time}Z`;
}
