import * as pulumi from "@pulumi/pulumi";

import { HostedCopy, type Datastore } from "../components";
import { type HostedPlan } from "../estate/hosted-settings";
import { defined } from "../estate/units/defined";

/** Backups that are sent to servers of somebody else's; each login is tried before anything goes. */
export function declareHosted(
  receivers: readonly HostedPlan[],
  writers: Readonly<Record<string, pulumi.Output<string>>>,
  datastore: Datastore,
  opts: pulumi.ComponentResourceOptions,
): void {
  for (const { name, address, port, fingerprint, namespace, authId, schedule, groups, rateOut, ...plan } of receivers) {
    const receiver = { address, port, datastore: plan.datastore, ...defined({ fingerprint, namespace }) };
    const login = { authId, secret: writers[name] ?? pulumi.secret("") };
    const how = { schedule, ...defined({ groupFilters: groups, rateOut }) };
    new HostedCopy(name, { datastore, to: name, receiver, ...login, ...how }, opts);
  }
}
