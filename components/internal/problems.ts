import * as pulumi from "@pulumi/pulumi";

/** One thing wrong with what a caller asked for. */
export interface Problem {
  /** Path of the argument at fault, as the caller wrote it: `retention.keepLast`. */
  readonly path: string;
  /** What was expected and what came, then the cure. Starts in lower case, ends without a full stop. */
  readonly reason: string;
}

/**
 * Stops the program when `problems` is not empty, naming all of them at once.
 * @throws {pulumi.ResourceError} Bound to `component`, and shown without a stack trace.
 */
export function rejectProblems(component: pulumi.Resource, subject: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, reason }) => `  - ${path}: ${reason}`);
  throw new pulumi.ResourceError([`${subject} has invalid arguments:`, ...lines].join("\n"), component, true);
}
