/** One step of `pulumi preview --json`, as far as a reader of a pull request needs it. */
export interface PlanStep {
  /** In the engine's words: `create`, `update`, `replace`, `delete`, `same` … */
  readonly op: string;
  /** Name in the state. */
  readonly urn: string;
  /** Fields that differ, where the engine names them. */
  readonly fields: readonly string[];
  /** Whether the state says that data, or the way to data, rests on it. */
  readonly guarded: boolean;
}

/** What the engine plans, and what it said meanwhile. */
export interface Plan {
  /** Whether it came to its end. */
  readonly complete: boolean;
  /** Steps that do something. */
  readonly steps: readonly PlanStep[];
  /** Warnings and errors, each once. */
  readonly words: readonly string[];
}

interface EngineStep {
  readonly op: string;
  readonly urn: string;
  readonly diffReasons?: string[] | null;
  readonly oldState?: { readonly protect?: boolean; readonly retainOnDelete?: boolean };
}

interface EnginePlan {
  readonly steps?: EngineStep[];
  readonly diagnostics?: { readonly severity: string; readonly message: string }[];
}

/** Reads what `pulumi preview --json` printed, also when it failed. */
export function planOf(printed: string, code: number): Plan {
  const { steps = [], diagnostics = [] } = parsed(printed);
  const said = diagnostics
    .filter(({ severity }) => severity === "warning" || severity === "error")
    .filter(({ message }) => !message.includes("1.2.1-lab"));
  return {
    complete: code === 0,
    steps: steps.filter(({ op }) => op !== "same" && op !== "read").map(stepOf),
    words: [...new Set(said.map(({ message }) => message.trim()))],
  };
}

/** Steps that take something away on which data rests, or the way to it. */
export function harmOf({ steps }: Plan): PlanStep[] {
  return steps.filter(({ op, guarded }) => guarded && /delete|replace|discard/.test(op));
}

function stepOf({ op, urn, diffReasons, oldState }: EngineStep): PlanStep {
  const guarded = oldState?.protect === true || oldState?.retainOnDelete === true;
  return { op, urn, fields: diffReasons ?? [], guarded };
}

function parsed(printed: string): EnginePlan {
  try {
    return JSON.parse(printed) as EnginePlan;
  } catch {
    return { diagnostics: [{ severity: "error", message: printed.slice(-2000) }] };
  }
}
