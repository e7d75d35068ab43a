/** What a node knows of where the site's guests serve, once it has asked. */
export type ReturnAnswer = "elsewhere" | "home" | "none";

/** One line of the decision: the first that fits a guest counts. */
export interface ReturnRule {
  /** What the newest record that counts says; `none` where no place gave one. */
  readonly answer: ReturnAnswer;
  /** Whether that record names the guest; absent where it does not matter. */
  readonly named?: boolean;
  /** Whether a failover was ever prepared for the guest; absent where it does not matter. */
  readonly prepared?: boolean;
  /** What becomes of it. */
  readonly does: "start" | "hold";
  /** Why, as it stands in the node's journal. No character that a shell reads. */
  readonly because: string;
}

/**
 * Which guests of a site that comes back start. The script on the nodes is made from these lines, and so is the table in
 * docs/how-to/return-guard.md: there is no second place that decides.
 */
export const RETURN_RULES: readonly ReturnRule[] = [
  { answer: "elsewhere", named: true, does: "hold", because: "it is recorded as serving elsewhere" },
  { answer: "elsewhere", named: false, does: "start", because: "others serve elsewhere, and this one does not" },
  { answer: "home", does: "start", because: "the record says that home serves" },
  {
    ...{ answer: "none", prepared: true, does: "hold" },
    because: "no place of record answered, and it may serve elsewhere",
  },
  {
    ...{ answer: "none", prepared: false, does: "start" },
    because: "no place of record answered, and no failover was prepared for it",
  },
];

/** What is known of one guest. */
export interface ReturningGuest {
  /** Whether the newest record that counts names it. */
  readonly named: boolean;
  /** Whether a failover was prepared for it. */
  readonly prepared: boolean;
}

/** Which line counts for a guest. */
export function returnRule(answer: ReturnAnswer, { named, prepared }: ReturningGuest): ReturnRule {
  const found = RETURN_RULES.find(
    (rule) =>
      rule.answer === answer &&
      (rule.named === undefined || rule.named === named) &&
      (rule.prepared === undefined || rule.prepared === prepared),
  );
  if (found === undefined) throw new RangeError(`No rule is for ${answer}.`);
  return found;
}
