import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import * as sync from "../../provider/sdk/sync";
import { type Datastore } from "../backup/datastore";
import { fingerprintProblems, identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Where copies come from. */
export interface CopySource {
  /** Name or address of the other site's PBS, as this PBS reaches it. */
  readonly address: string;
  /** TCP port. @default 8007 */
  readonly port?: number;
  /** SHA-256 of its certificate. @default - the system's CAs decide */
  readonly fingerprint?: string;
  /** Datastore over there. */
  readonly datastore: string;
  /** Namespace over there, with those below it. @default - the root namespace alone */
  readonly namespace?: string;
}

/** Arguments of {@link PulledCopy}. */
export interface PulledCopyArgs {
  /** Datastore that receives, on this PBS; best one for each source, so that one full disk ends one source's copies alone. */
  readonly datastore: Pick<Datastore, "datastore">;
  /** Name of the other site on this PBS, and of the job that pulls from it. **Another name is another job.** */
  readonly from: string;
  /** Where the copies come from. */
  readonly source: CopySource;
  /** Token that the other site gave, best one that can read that namespace and nothing else. */
  readonly authId: pulumi.Input<string>;
  /** Its secret. */
  readonly secret: pulumi.Input<string>;
  /** When it runs, as a calendar event in this PBS's local time. @default "05:00" */
  readonly schedule?: string;
  /** Groups that it takes: `group:vm/140`, `type:ct`, `exclude:regex:…`. @default - all */
  readonly groupFilters?: readonly string[];
  /** Most that it fetches a second, such as `10 MB`. @default - no limit */
  readonly rateIn?: string;
  /** Groups fetched at once, 1 to 32; more help where the way is long. @default 1 */
  readonly workerThreads?: number;
}

/**
 * Copies of another site's backups, fetched by the side that keeps them.
 *
 * The other site has no login here: it can delete none of them. What it deletes at home stays here, for as long as a `Retention` of
 * this side's says. Only what is encrypted is taken, so this side can read none of them.
 *
 * @see https://pbs.proxmox.com/docs/managing-remotes.html
 */
export class PulledCopy extends pulumi.ComponentResource {
  /** Identifier of the sync job, known once it is there. */
  public readonly syncJob: pulumi.Output<string>;

  constructor(name: string, args: PulledCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:PulledCopy", name, {}, opts);
    rejectProblems(this, `PulledCopy "${name}"`, pulledCopyProblems(args));

    const { datastore, from, source, authId, secret, schedule = "05:00", groupFilters, rateIn, workerThreads } = args;
    const { address: host, port, fingerprint } = source;
    const login = { authId, password: secret, comment: "read only, of one namespace" };
    const remote = new sync.Remote(
      name,
      { remote: from, host, ...defined({ port, fingerprint }), ...login },
      { parent: this },
    );
    const promises = { encryptedOnly: true, removeVanished: false, resyncCorrupt: true };
    const depth = source.namespace === undefined ? ROOT_ALONE : undefined;
    const what = { remoteStore: source.datastore, ...defined({ remoteNamespace: source.namespace, maxDepth: depth }) };
    const limits = defined({ rateIn, workerThreads, groupFilters: groupFilters && [...groupFilters] });
    const job = new sync.SyncJob(
      name,
      { jobId: from, store: datastore.datastore, remote: remote.remote, ...what, schedule, ...promises, ...limits },
      { parent: this },
    );
    this.syncJob = job.jobId;

    this.registerOutputs({ syncJob: this.syncJob });
  }
}

/** No level below the root namespace: PBS then does not ask for namespaces, which a login for the root alone may not list. */
const ROOT_ALONE = 0;

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function pulledCopyProblems(args: Omit<PulledCopyArgs, "datastore" | "authId" | "secret">): Problem[] {
  const { from, source, workerThreads = 1 } = args;
  const { address, fingerprint } = source;
  const problems: Problem[] = [
    ...identifierProblems("pbsId", "from", from),
    ...identifierProblems("address", "source.address", address),
    ...(fingerprint === undefined ? [] : fingerprintProblems("source.fingerprint", fingerprint)),
    ...identifierProblems("pbsId", "source.datastore", source.datastore),
    ...identifierProblems("namespace", "source.namespace", source.namespace ?? ""),
  ];
  if (!Number.isInteger(workerThreads) || workerThreads < 1 || workerThreads > 32) {
    problems.push({ path: "workerThreads", reason: `expected a whole number from 1 to 32, got ${workerThreads}` });
  }
  return problems;
}
