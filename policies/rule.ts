import * as sdk from "@pulumi/policy";
import {
  type EnforcementLevel,
  type PolicyResource,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";

/** What a rule reads of a resource: what was declared, and nothing that is known only once it is there. */
export type Declared = Pick<ResourceValidationArgs, "type" | "name" | "props" | "opts">;

/** The same in a stack, with what its values came from. */
export interface DeclaredInStack extends Declared {
  /** Name in the state. */
  readonly urn: string;
  /** Names in the state of the resources from which a value comes that is not known yet. */
  readonly from: (property: string) => readonly string[];
}

/** A rule of the pack. */
export type Rule = ResourceValidationPolicy | StackValidationPolicy;

/** Name and meaning of a rule. */
export interface RuleHead {
  /** What is claimed, in kebab case. */
  readonly name: string;
  /** What must be true, and what is at stake. */
  readonly description: string;
  /** @default "mandatory" */
  readonly level?: EnforcementLevel;
}

/**
 * A rule for each resource of some types. It reads only what is known in a plan: where it meets something else, the engine would let
 * the resource pass with a note, so the rule says itself that it cannot judge, as loudly as if it were broken.
 * @param check What is wrong with the resource, each as what must be true and what to set; empty when nothing is.
 */
export function resourceRule(
  { name, description, level = "mandatory" }: RuleHead,
  types: readonly string[],
  check: (resource: Declared) => readonly string[],
): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: level,
    validateResource: (resource, reportViolation) => {
      DECLARED.set(resource.urn, resource.props);
      if (!types.includes(resource.type)) return;
      for (const message of judged(() => check(resource))) reportViolation(message);
    },
  };
}

/**
 * A rule for all resources of a stack together.
 * @param check What is wrong, with what `getConfig` says of the rule.
 */
export function stackRule(
  { name, description, level = "mandatory" }: RuleHead,
  check: (resources: readonly DeclaredInStack[], config: Readonly<Record<string, unknown>>) => readonly string[],
): StackValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: level,
    configSchema: { properties: { guests: { type: "array", items: { type: "number" } } } },
    validateStack: (stack, reportViolation) => {
      const all = stack.resources.map(declaredOf);
      for (const message of judged(() => check(all, stack.getConfig()))) reportViolation(message);
    },
  };
}

/**
 * What was declared of each resource, by its URN. A rule for a whole stack is handed what came of the declarations, and where the way
 * to a server is not known yet, nothing has: a guest would seem to be in no job.
 */
const DECLARED = new Map<string, Declared["props"]>();

function declaredOf({ type, name, urn, props, opts, propertyDependencies }: PolicyResource): DeclaredInStack {
  const from = (property: string) => (propertyDependencies[property] ?? []).map((resource) => resource.urn);
  return { type, name, urn, opts, from, props: DECLARED.get(urn) ?? props };
}

/** Resources of a type. */
export function ofType(resources: readonly DeclaredInStack[], type: string): DeclaredInStack[] {
  return resources.filter((resource) => resource.type === type);
}

/** The SDK exports the class of what it throws, and types it as nothing. */
const { UnknownValueError } = sdk as unknown as { readonly UnknownValueError: new () => Error };

/** What a check says; where it met a value that no plan knows, that it says nothing. */
function judged(check: () => readonly string[]): readonly string[] {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof UnknownValueError)) throw error;
    return [
      `This cannot be judged before it is there, and must be: declare as a plain value what it reads (${error.message}).`,
    ];
  }
}
