/** Something is not done because it could cost data, or because somebody else decided otherwise. Nothing was changed. */
export class Refusal extends Error {
  public override readonly name = "Refusal";
}

/** Something was made, but not all that belongs to it: what there is goes into the state, and the next run goes on. */
export class Unfinished extends Error {
  public override readonly name = "Unfinished";

  constructor(
    reason: string,
    /** What there is. */
    public readonly outputs: Readonly<Record<string, unknown>>,
  ) {
    super(reason);
  }
}
