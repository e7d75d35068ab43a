import { type Decisions } from "../estate/site-folder";

/**
 * What the provider of a stack is told of its owner's decisions: what may be taken over, and what its objects may lose. That a guest
 * survives less is weighed by the report, and no object knows of it.
 */
export function decided({ decisions, reportOnly }: { readonly decisions: Decisions; readonly reportOnly: boolean }) {
  return {
    adoptions: [...decisions.adoptions],
    acceptances: decisions.acceptances.filter(({ change }) => change !== "survive-less"),
    ...(reportOnly && { reportOnly }),
  };
}
