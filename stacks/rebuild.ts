import { Provider, RebuiltGuests, type ProviderArgs } from "../components";
import { type RebuildPlan } from "../estate/rebuild-plan";
import { defined } from "../estate/units/defined";
import { type Configuration } from "./config";
import { type DeclaredSite } from "./site";

/**
 * The guests of a site that was lost, out of their backups.
 *
 * The promise: each comes back from the snapshot that was shown, in the order that was shown, over nothing that lives; a run that was
 * killed goes on where it ended.
 */
export function declareRebuild({ pveNode, secrets, trust }: Configuration, plan: RebuildPlan): Partial<DeclaredSite> {
  const access = { pveEndpoint: pveNode.api, pveApiToken: secrets.pveApiToken };
  declareRebuiltGuests({ ...access, ...defined({ pveCaCertificate: trust.caCertificate }) }, plan);
  return {};
}

/** The guests of a plan, on whichever nodes that login reaches. */
export function declareRebuiltGuests(access: ProviderArgs, { login, freeSince, guests: planned }: RebuildPlan): void {
  const provider = new Provider("site", access);
  const guests = planned.map(({ guest, archive, node, storage, starts, restoreAfter, startAfter, ...lines }) => ({
    ...{ guest, archive, node, starts, restoreAfter, startAfter },
    ...defined({ storage, configuration: lines.configuration, without: lines.without }),
  }));
  new RebuiltGuests("rebuilt", { login, freeSince, guests }, { providers: [provider] });
}
