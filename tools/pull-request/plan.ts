/** One step of a plan, as `preview --json` of this project prints it. */
export interface PlanStep {
  /** In the engine's words: `create`, `update`, `replace`, `delete` … */
  readonly op: string;
  /** Name in the state. */
  readonly urn: string;
  /** Fields that differ, where the engine names them. */
  readonly fields: readonly string[];
}

/** What the program plans, and what it said meanwhile. */
export interface Plan {
  /** Whether it came to its end. */
  readonly complete: boolean;
  /** Steps that do something. */
  readonly steps: readonly PlanStep[];
  /** Steps that take away what data rests on, each with the sentence that says why. */
  readonly harm: readonly { readonly urn: string; readonly text: string }[];
  /** What the program warns of. */
  readonly warnings: readonly string[];
  /** Why it stopped. */
  readonly errors: readonly string[];
}

/** Reads what `preview --json` printed; a program that printed something else has no plan. */
export function planOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): Plan {
  try {
    const plan = JSON.parse(stdout) as Plan;
    return { ...plan, warnings: plan.warnings.filter((line) => !line.includes("1.2.1-lab")) };
  } catch {
    const said = `${stderr}${stdout}`.trim().slice(-LONGEST);
    return { complete: false, steps: [], harm: [], warnings: [], errors: [said === "" ? "It said nothing." : said] };
  }
}

/** Enough of a crash to recognise it. */
const LONGEST = 2000;
