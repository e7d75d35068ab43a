/** One part of a recovery time: how long it takes at least, how long it probably takes, and why. */
export interface Term {
  /** What passes: `detection`, `transfer`, `boot`. */
  readonly name: string;
  /** Seconds that it cannot be shorter than, with the best figures known. */
  readonly bound: number;
  /** Seconds that it probably takes; never less than {@link bound}. */
  readonly estimate: number;
  /** What the two figures follow from, with the source of each. */
  readonly why: string;
}

/** Two figures for one thing, in one unit: the least possible and the probable. */
export interface Span {
  /** The least possible. */
  readonly bound: number;
  /** The probable; never less than {@link bound}. */
  readonly estimate: number;
}

/** Sum of several spans; both figures are 0 for none. */
export function total(spans: readonly Span[]): Span {
  return {
    bound: spans.reduce((sum, { bound }) => sum + bound, 0),
    estimate: spans.reduce((sum, { estimate }) => sum + estimate, 0),
  };
}
