const UNITS = [
  { name: "d", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "min", seconds: 60 },
  { name: "s", seconds: 1 },
] as const;

/** A time in its two largest units: `3 min`, `5 h 20 min`, `2 d 4 h`. */
export function timeText(seconds: number): string {
  const rounded = seconds < 60 ? Math.round(seconds) : Math.round(seconds / 60) * 60;
  const at = UNITS.findIndex((unit) => rounded >= unit.seconds);
  if (at < 0) return "0 s";
  const [large, small] = [UNITS[at], UNITS[at + 1]];
  if (large === undefined) return "0 s";
  const whole = Math.floor(rounded / large.seconds);
  const rest = small === undefined ? 0 : Math.round((rounded % large.seconds) / small.seconds);
  return rest === 0 || small === undefined ? `${whole} ${large.name}` : `${whole} ${large.name} ${rest} ${small.name}`;
}
