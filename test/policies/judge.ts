import { strict as assert } from "node:assert";

import * as sdk from "@pulumi/policy";
import { type ReportViolation, type ResourceValidationArgs } from "@pulumi/policy";

import { type Rule } from "../../policies/rule";
import { RULES } from "../../policies/rules";

/** As the engine's values reach a rule. The SDK exports it, and types it as nothing. */
const { unknownCheckingProxy } = sdk as unknown as { unknownCheckingProxy: (value: unknown) => unknown };

/** A resource as a program declares it. */
export interface Resource {
  readonly type: string;
  /** Places in the list of the resources from which a value comes that is not known yet. */
  readonly from?: Readonly<Record<string, number>>;
  /** Places in the list of the resources that have to be there first. */
  readonly after?: readonly number[];
  readonly props?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly protect?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: readonly string[];
}

type Config = Readonly<Record<string, unknown>>;

/** By the name of a rule: what complies with it, and what does not, with what is said of it, under a configuration. */
export type Cases = Readonly<
  Record<
    string,
    {
      readonly good: readonly Resource[];
      readonly bad: readonly (readonly [readonly Resource[], string, Config?])[];
      readonly config?: Config;
    }
  >
>;

/** How the engine writes a value that no plan knows. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A rule by its name. */
export function ruleNamed(name: string): Rule {
  const rule = RULES.find((one) => one.name === name);
  assert.ok(rule !== undefined, name);
  return rule;
}

/** No two resources have one URN. */
let asked = 0;

/** What a rule says of a stack with these resources; resource rules are asked of each, as the engine does. */
export function said(name: string, resources: readonly Resource[], config: Config = {}): string[] {
  const messages: string[] = [];
  const round = (asked += 1);
  const urnOf = (place: number) => ({ urn: `${round}:${place}` });
  const all = resources.map(({ type, props = {}, name: own = "it", from = {}, after = [], ...options }, place) => ({
    ...{ type, name: own, ...urnOf(place) },
    props: unknownCheckingProxy({ ...props }) as Record<string, unknown>,
    dependencies: after.map(urnOf),
    propertyDependencies: Object.fromEntries(Object.entries(from).map(([key, at]) => [key, [urnOf(at)]])),
    opts: {
      protect: options.protect ?? false,
      deleteBeforeReplace: options.deleteBeforeReplace ?? false,
      ignoreChanges: [...(options.ignoreChanges ?? [])],
    },
    getConfig: () => config,
  }));
  ask(ruleNamed(name), all, config, (message) => messages.push(message));
  return messages;
}

/** Holds one rule against resources in the engine's form. */
export function ask(rule: Rule, all: readonly object[], config: Config, report: ReportViolation): void {
  if ("validateStack" in rule) {
    void rule.validateStack({ resources: all, getConfig: () => config } as never, report);
    return;
  }
  const validate = rule.validateResource as (args: ResourceValidationArgs, report: ReportViolation) => void;
  for (const one of all) validate(one as ResourceValidationArgs, report);
}
