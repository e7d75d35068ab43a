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
  /** Names in the state of the resources that have to be there first. */
  readonly after: readonly string[];
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

/** What a rule is told beside the plan, by the name of each value, with the form that it has. */
export type ConfigForm = NonNullable<StackValidationPolicy["configSchema"]>["properties"];

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
      const props = withoutNulls(resource.props);
      DECLARED.set(resource.urn, props);
      if (!types.includes(resource.type)) return;
      for (const message of judged(() => check({ ...resource, props }))) reportViolation(message);
    },
  };
}

/**
 * A rule for all resources of a stack together.
 * @param check What is wrong, with what `getConfig` says of the rule.
 * @param config What the rule is told beside the plan. @default - nothing
 */
export function stackRule(
  { name, description, level = "mandatory" }: RuleHead,
  check: (resources: readonly DeclaredInStack[], config: Readonly<Record<string, unknown>>) => readonly string[],
  config: ConfigForm = {},
): StackValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: level,
    configSchema: { properties: { ...config } },
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

function declaredOf(resource: PolicyResource): DeclaredInStack {
  const { type, name, urn, props, opts, propertyDependencies, dependencies } = resource;
  const from = (property: string) => (propertyDependencies[property] ?? []).map((one) => one.urn);
  return {
    type,
    name,
    urn,
    opts,
    from,
    after: dependencies.map((one) => one.urn),
    props: DECLARED.get(urn) ?? withoutNulls(props),
  };
}

/**
 * The same, in which what is null is not there, at any depth. A bridged provider fills in null for what nobody declared, once it has read
 * a resource; a rule would take that for a value. What no plan knows is left as the engine hands it over: it throws where it is read.
 */
function withoutNulls<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const isNull = (target: object, key: PropertyKey) => Object.getOwnPropertyDescriptor(target, key)?.value === null;
  return new Proxy(value, {
    get: (target, key) => withoutNulls((target as Record<PropertyKey, unknown>)[key]) ?? undefined,
    has: (target, key) => Reflect.has(target, key) && !isNull(target, key),
    ownKeys: (target) => Reflect.ownKeys(target).filter((key) => Array.isArray(target) || !isNull(target, key)),
  });
}

/** Resources of any of these types. */
export function ofType(resources: readonly DeclaredInStack[], ...types: readonly string[]): DeclaredInStack[] {
  return resources.filter((resource) => types.includes(resource.type));
}

/** What `read` says; undefined where it meets a value that no plan knows, so that the caller can go by what it comes from. */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnknownValueError)) throw error;
    return undefined;
  }
}

/** A list of an input; empty where there is none. */
export function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as Readonly<Record<string, unknown>>[]) : [];
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
