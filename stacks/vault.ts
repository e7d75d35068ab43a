import * as pulumi from "@pulumi/pulumi";

import { Datastore, Provider, PulledCopy, Retention, Verification } from "../components";
import { type VaultSource } from "../estate/vault";
import { defined } from "../estate/units/defined";
import { type VaultConfiguration } from "./config";

/** What a declared vault tells the person who runs it. */
export interface DeclaredVault {
  /** Sync job of each source, by its name. */
  readonly copies: pulumi.Output<Readonly<Record<string, string>>>;
}

/**
 * A backup server at another place that fetches the backups of other sites.
 *
 * The promise: whoever holds a site, its nodes, its backup server and its stack, can delete none of the copies here, for it has no
 * login here; and who holds the vault reads none of them and changes nothing over there. What stays, stays by this side's rules.
 */
export function declareVault(configuration: VaultConfiguration): DeclaredVault {
  const { vault, decisions, pbsToken, reportOnly } = configuration;
  const { address, port, fingerprint } = vault.server;
  const provider = new Provider("vault", {
    pbsEndpoint: `https://${address}:${port}`,
    ...defined({ pbsFingerprint: fingerprint }),
    pbsToken,
    adoptions: [...decisions.adoptions],
    acceptances: decisions.acceptances.filter(({ change }) => change !== "survive-less"),
    ...(reportOnly && { reportOnly }),
  });
  const opts = { providers: [provider] };
  const jobs = vault.sources.map((source) => declareSource(source, configuration, opts));
  return { copies: pulumi.all(jobs).apply((pairs) => Object.fromEntries(pairs)) };
}

/** One site's copies: where they lie, how long they stay, that they are reread, and the job that fetches them. */
function declareSource(
  source: VaultSource,
  { readers }: VaultConfiguration,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<readonly [string, string]> {
  const { name, into, retention: keep, pruneSchedule, verifySchedule, garbageCollection } = source;
  const datastore = new Datastore(name, { ...into, garbageCollection }, opts);
  // Namespaces over there are namespaces here, and each is thinned out.
  const thinning = {
    jobId: `prune-${into.datastore}`,
    schedule: pruneSchedule,
    maxDepth: DEEPEST,
    ...defined({ keep }),
  };
  new Retention(name, { datastore, ...thinning }, opts);
  new Verification(name, { datastore, jobId: `verify-${into.datastore}`, schedule: verifySchedule }, opts);
  const { address, port, fingerprint, namespace, schedule, rateIn, workerThreads, authId } = source;
  const place = { address, port, datastore: source.datastore, ...defined({ fingerprint, namespace }) };
  const login = { authId, secret: readers[name] ?? pulumi.secret("") };
  const how = { schedule, workerThreads, ...defined({ rateIn }) };
  const copy = new PulledCopy(name, { datastore, from: name, source: place, ...login, ...how }, opts);
  return copy.syncJob.apply((job) => [name, job] as const);
}

/** Levels of namespaces that PBS has. */
const DEEPEST = 7;
