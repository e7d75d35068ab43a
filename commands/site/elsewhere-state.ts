import * as z from "zod";

import { nameIn } from "../engine/state";

const PACKAGE = "cloudflare";

const RESOURCE = z.looseObject({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  dependencies: z.array(z.string()).optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).optional(),
  deletedWith: z.string().optional(),
});

const EXPORT = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(RESOURCE).default([]),
    pending_operations: z.array(z.looseObject({ resource: RESOURCE })).optional(),
  }),
});

type Resource = z.infer<typeof RESOURCE>;

/** What of a state stands elsewhere than at the site. */
export interface ElsewhereState {
  /** A state with that alone, for an import. */
  readonly text: string;
  /** Names of what is in it, without components and providers. */
  readonly names: readonly string[];
}

/**
 * What a site that is gone still has, out of its state: what stands at Cloudflare, with the components around it. All else of it is to be
 * made anew; a state that still knew it would keep the engine from making it.
 * @param text As `pulumi stack export` gives it; secrets stay encrypted.
 */
export function elsewhereState(text: string): ElsewhereState {
  const { deployment, ...rest } = EXPORT.parse(JSON.parse(text));
  const { resources, pending_operations: pending, ...more } = deployment;
  const kept = keptOf(resources);
  const whole = resources.filter(({ urn }) => kept.has(urn)).map((one) => without(one, kept));
  const begun = pending?.filter(({ resource }) => kept.has(resource.urn));
  const after = { ...more, resources: whole, ...(begun !== undefined && { pending_operations: begun }) };
  const names = whole.filter(({ type }) => type.startsWith(`${PACKAGE}:`)).map(({ urn }) => nameIn(urn));
  return { text: JSON.stringify({ ...rest, deployment: after }), names };
}

/** URNs of what stands there, of its providers, and of everything that it is a part of. */
function keptOf(resources: readonly Resource[]): ReadonlySet<string> {
  const known = new Map(resources.map((one) => [one.urn, one]));
  const kept = new Set<string>();
  for (const { urn, type } of resources) {
    if (!type.startsWith(`${PACKAGE}:`) && type !== `pulumi:providers:${PACKAGE}`) continue;
    for (let at: string | undefined = urn; at !== undefined && !kept.has(at); at = known.get(at)?.parent) kept.add(at);
  }
  return kept;
}

/** A resource that waits for nothing that is gone: the engine refuses a state with names that are not in it. */
function without(resource: Resource, kept: ReadonlySet<string>): Resource {
  const { dependencies, propertyDependencies, deletedWith, ...rest } = resource;
  const left = (urns: readonly string[] | null) => (urns ?? []).filter((urn) => kept.has(urn));
  const properties = Object.entries(propertyDependencies ?? {}).map(([name, urns]) => [name, left(urns)] as const);
  return {
    ...rest,
    ...(dependencies !== undefined && { dependencies: left(dependencies) }),
    ...(propertyDependencies !== undefined && { propertyDependencies: Object.fromEntries(properties) }),
    ...(deletedWith !== undefined && kept.has(deletedWith) && { deletedWith }),
  };
}
