import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { PROJECT, writtenStack, type StackFile } from "../lab-site/stack-settings";

/** What a pull request's preview tries, and what it cannot. */
export interface Stacks {
  /** Stacks of a site's own: a stand-in of its machines can be made. */
  readonly sites: readonly string[];
  /** Sentences about the others: nothing stands in for what they run on. */
  readonly leftOut: readonly string[];
}

/** Stacks whose settings stand in both checkouts: a new one has nothing to lose yet. */
export function stacksOf(repository: string, base: string): Stacks {
  const names = readdirSync(repository).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  const common = names.filter((name) => existsSync(join(base, `Pulumi.${name}.yaml`))).sort();
  const found = common.map((name) => ({ name, why: withoutStandIn(repository, name) }));
  return {
    sites: found.filter(({ why }) => why === undefined).map(({ name }) => name),
    leftOut: found.flatMap(({ name, why }) => (why === undefined ? [] : [`Pulumi.${name}.yaml is left out: ${why}`])),
  };
}

/** Why nothing can stand in for what the stack runs on; undefined for a site. */
function withoutStandIn(repository: string, name: string): string | undefined {
  const { config } = writtenStack({ repository, stack: name }) as Partial<StackFile>;
  const settings = config?.[`${PROJECT}:settings`] as { readonly role?: string } | undefined;
  const role = settings?.role ?? "site";
  if (role === "dr-host" || role === "dr-cloud")
    return `it has machines only once a site is lost. What it would do: make rebuild STACK=${name} REBUILD_OPTIONS=--dry-run`;
  if (role !== "site")
    return `its machines are not a site's, and its logins lie elsewhere. Where they are: make preview STACK=${name}`;
  return undefined;
}
