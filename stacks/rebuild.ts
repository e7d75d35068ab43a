import { Provider, RebuiltGuests } from "../components";
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
  const { caCertificate } = trust;
  const access = { pveEndpoint: pveNode.api, pveApiToken: secrets.pveApiToken };
  const provider = new Provider("site", { ...access, ...defined({ pveCaCertificate: caCertificate }) });
  const { login, freeSince } = plan;
  const guests = plan.guests.map(({ guest, archive, node, storage, starts, restoreAfter, startAfter }) => ({
    ...{ guest, archive, node, starts, restoreAfter, startAfter },
    ...defined({ storage }),
  }));
  new RebuiltGuests("rebuilt", { login, freeSince, guests }, { providers: [provider] });
  return {};
}
