/** A guest that runs now, as far as others notice. */
export interface LiveGuest {
  /** Its name. */
  readonly name: string;
  /** Node that runs it. */
  readonly node: string;
  /** Token with which a connector in it dials out; undefined when none does. */
  readonly tunnelToken: string | undefined;
}
