/** How grave a finding is. Only a failure makes the doctor's exit status 1. */
export type Gravity = "ok" | "warning" | "failure";

/** One thing that was looked at. */
export interface Finding {
  /** Whether it is as it has to be. */
  readonly is: Gravity;
  /** What was found, a sentence without its full stop. */
  readonly says: string;
  /** What to do about it; there is one for everything that is not ok. */
  readonly cure?: string;
}

/** One check. It changes nothing. */
export interface Check {
  /** What it looks at, in two or three words. */
  readonly name: string;
  /** Looks. What it throws counts as a failure. */
  readonly run: () => Promise<readonly Finding[]>;
}

/** All is well with it. */
export function ok(says: string): Finding {
  return { is: "ok", says };
}

/** It works, and somebody should know. */
export function warning(says: string, cure: string): Finding {
  return { is: "warning", says, cure };
}

/** It does not work, or would lose something. */
export function failure(says: string, cure: string): Finding {
  return { is: "failure", says, cure };
}

/** A finding out of something that was thrown: errors of this project carry their cure. */
export function failureOf(error: unknown, cure: string): Finding {
  const text = error instanceof Error ? error.message : String(error);
  const [says = text, own] = text.split(/\n\s*Cure:\s*/);
  return failure(says.trim().replace(/[.;]$/, ""), own?.trim() ?? cure);
}
