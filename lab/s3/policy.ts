/** One statement of a policy, as IAM writes it. */
export interface Statement {
  /** What it does; a denial wins over every permission. */
  readonly Effect: "Allow" | "Deny";
  /** Actions with `*` for any text: `s3:Get*`. */
  readonly Action: string | readonly string[];
  /** Buckets and objects: `arn:aws:s3:::bucket/*`. */
  readonly Resource: string | readonly string[];
}

/** A policy document. */
export interface Policy {
  /** Its statements. */
  readonly Statement: readonly Statement[];
}

/** Whether policies allow an action on a resource: what none allows is refused. Conditions are not known here. */
export function allows(policies: readonly Policy[], action: string, resource: string): boolean {
  const matching = policies
    .flatMap((policy) => policy.Statement)
    .filter((one) => listed(one.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())))
    .filter((one) => listed(one.Resource).some((pattern) => matches(pattern, resource)));
  return matching.some(({ Effect }) => Effect === "Allow") && matching.every(({ Effect }) => Effect === "Allow");
}

function listed(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
