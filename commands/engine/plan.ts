import * as z from "zod";

/** Properties of a resource as the engine prints them; a secret is `[secret]` there. */
type Properties = Readonly<Record<string, unknown>>;

/** One step that the engine plans, or one difference that it sees. */
export interface Step {
  /** In its words: `create`, `update`, `replace`, `delete`, `refresh`, `same` … */
  readonly op: string;
  /** Name in the state. */
  readonly urn: string;
  /** Type token. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Fields that differ, where it names them. */
  readonly fields: readonly string[];
  /** Whether the state marks it as something that data rests on. */
  readonly guarded: boolean;
  /** Whether it stays on the site when it leaves the program, and nothing else keeps it there. */
  readonly retained: boolean;
  /** Whether it is the engine's own or a component, and stands for nothing on the site. */
  readonly bare: boolean;
  /** What the state says of it. */
  readonly before: Properties;
  /** What it would become, or what the site says. */
  readonly after: Properties;
}

/** What the engine planned, and what it said meanwhile. */
export interface Plan {
  /** Whether it came to its end. */
  readonly complete: boolean;
  /** All steps, also those that do nothing. */
  readonly steps: readonly Step[];
  /** Warnings of the program, each once. */
  readonly warnings: readonly string[];
  /** Errors, each once. */
  readonly errors: readonly string[];
  /** What the program noted by the way, each once. */
  readonly notes: readonly string[];
}

const STATE = z.looseObject({
  type: z.string().optional(),
  custom: z.boolean().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});

const PRINTED = z.looseObject({
  steps: z
    .array(
      z.looseObject({
        op: z.string(),
        urn: z.string(),
        oldState: STATE.nullish(),
        newState: STATE.nullish(),
        diffReasons: z.array(z.string()).nullish(),
      }),
    )
    .optional(),
  diagnostics: z.array(z.looseObject({ severity: z.string(), message: z.string() })).optional(),
});

type PrintedStep = NonNullable<z.infer<typeof PRINTED>["steps"]>[number];

/** Reads what `pulumi preview --json` or `pulumi refresh --preview-only --json` printed, also when it failed. */
export function planOf({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }): Plan {
  const printed = parsed(stdout);
  if (printed === undefined) {
    const said = [stderr, stdout].map((text) => text.trim()).filter((text) => text !== "");
    return {
      complete: false,
      steps: [],
      warnings: [],
      errors: [said.join("\n") || "The engine said nothing."],
      notes: [],
    };
  }
  const { steps = [], diagnostics = [] } = printed;
  const said = (severity: string) => [
    ...new Set(diagnostics.filter((one) => one.severity === severity).map(({ message }) => sentence(message))),
  ];
  return {
    complete: code === 0,
    steps: steps.map(stepOf),
    warnings: said("warning"),
    errors: said("error"),
    notes: said("info"),
  };
}

function parsed(stdout: string): z.infer<typeof PRINTED> | undefined {
  try {
    return PRINTED.parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}

function stepOf({ op, urn, oldState, newState, diffReasons }: PrintedStep): Step {
  const state = oldState ?? newState;
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? types;
  return {
    op,
    urn,
    type,
    name: name.join("::"),
    fields: diffReasons ?? [],
    guarded: oldState?.protect === true || oldState?.retainOnDelete === true,
    retained: oldState?.retainOnDelete === true && oldState.protect !== true,
    bare: state?.custom !== true || type.startsWith("pulumi:"),
    before: { ...oldState?.inputs, ...oldState?.outputs },
    after: { ...newState?.inputs, ...newState?.outputs },
  };
}

/** Pulumi repeats the severity in front of what the program said. */
function sentence(message: string): string {
  return message.trim().replace(/^(?:warning|error): /, "");
}
