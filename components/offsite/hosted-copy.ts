import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { PushJob } from "../../provider/sdk/push";
import * as sync from "../../provider/sdk/sync";
import { type Datastore } from "../backup/datastore";
import { fingerprintProblems, identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** A datastore of somebody else's server, to which one has a login. */
export interface HostedReceiver {
  /** Name or address of the server. */
  readonly address: string;
  /** TCP port. @default 8007 */
  readonly port?: number;
  /** SHA-256 of its certificate. @default - the system's CAs decide */
  readonly fingerprint?: string;
  /** Datastore over there. */
  readonly datastore: string;
  /** Namespace over there. @default - the root namespace */
  readonly namespace?: string;
}

/** Arguments of {@link HostedCopy}. */
export interface HostedCopyArgs {
  /** Datastore that is sent, its root namespace alone. */
  readonly datastore: Datastore;
  /** Name of the receiver on this PBS, and of the job that sends. **Another name is another job.** */
  readonly to: string;
  /** Where it is sent. */
  readonly receiver: HostedReceiver;
  /** Token that the receiver gave: role DatastoreBackup on that path for it and its user, and nothing else. */
  readonly authId: pulumi.Input<string>;
  /** Its secret. */
  readonly secret: pulumi.Input<string>;
  /** When it runs, as a calendar event in this PBS's local time. @default "05:00" */
  readonly schedule?: string;
  /** Groups that it sends: `group:vm/140`, `type:ct`. @default - all */
  readonly groupFilters?: readonly string[];
  /** Most that it sends a second, such as `10 MB`. @default - no limit */
  readonly rateOut?: string;
}

/**
 * Backups sent to a provider's server that cannot fetch them: the one case in which this side pushes. Only what is encrypted goes, nothing
 * is deleted there from here, and a login that may delete is refused, at each run anew.
 *
 * It resists less than a copy that is fetched: who takes this side over holds a login that writes there, and can keep new backups out or
 * crowd old ones out within the receiver's retention.
 *
 * @see https://pbs.proxmox.com/docs/managing-remotes.html#sync-direction-push
 */
export class HostedCopy extends pulumi.ComponentResource {
  /** Identifier of the sync job, known once it is there. */
  public readonly syncJob: pulumi.Output<string>;

  constructor(name: string, args: HostedCopyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:HostedCopy", name, {}, opts);
    rejectProblems(this, `HostedCopy "${name}"`, hostedCopyProblems(args));

    const { datastore, to, receiver, authId, secret, schedule = "05:00", groupFilters, rateOut } = args;
    const { address: host, port, fingerprint, datastore: remoteStore, namespace } = receiver;
    const login = { host, ...defined({ port, fingerprint }), authId, password: secret };
    const comment = "writes, and may not delete";
    const remote = new sync.Remote(name, { remote: to, ...login, comment }, { parent: this });
    const what = { remoteStore, ...defined({ remoteNamespace: namespace, rateOut }) };
    const filters = defined({ groupFilters: groupFilters && [...groupFilters] });
    const job = new PushJob(
      name,
      { jobId: to, store: datastore.datastore, remote: remote.remote, ...what, schedule, ...filters, ...login },
      { parent: this },
    );
    this.syncJob = job.jobId;

    this.registerOutputs({ syncJob: this.syncJob });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function hostedCopyProblems(args: Pick<HostedCopyArgs, "to" | "receiver">): Problem[] {
  const { address, fingerprint, datastore, namespace = "" } = args.receiver;
  return [
    ...identifierProblems("pbsId", "to", args.to),
    ...identifierProblems("address", "receiver.address", address),
    ...(fingerprint === undefined ? [] : fingerprintProblems("receiver.fingerprint", fingerprint)),
    ...identifierProblems("pbsId", "receiver.datastore", datastore),
    ...identifierProblems("namespace", "receiver.namespace", namespace),
  ];
}
