/** One thing that an undo takes away. */
export interface Undoing {
  /** The thing. */
  readonly thing: string;
  /** The command for whoever prefers to do it on the node's console. */
  readonly byHand: string;
  /** Does it, and strikes it from the record. Done a second time, it does nothing. */
  readonly apply: () => Promise<void>;
}
