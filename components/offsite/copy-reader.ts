import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import * as pbs from "../../provider/sdk/pbs";
import { type Datastore } from "../backup/datastore";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link CopyReader}. */
export interface CopyReaderArgs {
  /** Datastore of which another site fetches copies. */
  readonly datastore: Datastore;
  /** The one namespace that it may read, with those below it. @default - the root namespace alone, and none below it */
  readonly namespace?: string;
  /** PBS user, one for each site that fetches, such as `vault@pbs`. */
  readonly userId: string;
  /** Name of its API token. @default "pull" */
  readonly tokenName?: string;
  /** Moment at which a new secret was last ordered. **Another one ends the secret that the other site has.** @default - none ordered */
  readonly rotation?: string;
}

/**
 * The login with which another site fetches copies: it can read one namespace, and it can neither write, nor change, nor delete.
 *
 * User and token both get the role, because a token can do only what both may. In a named namespace it reaches below, without which a
 * pull asks for namespaces that it may not list, and fails; in the root namespace it does not, for then it would reach everything, and
 * a pull of the root alone (`max-depth` 0) does not ask.
 *
 * @see https://pbs.proxmox.com/docs/user-management.html#access-roles
 */
export class CopyReader extends pulumi.ComponentResource {
  /** The token with which the other site logs in: `vault@pbs!pull`. */
  public readonly tokenId: pulumi.Output<string>;
  /** Its secret, for the other site alone; undefined where the token was imported. */
  public readonly secret: pulumi.Output<string | undefined>;

  constructor(name: string, args: CopyReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:CopyReader", name, {}, opts);
    rejectProblems(this, `CopyReader "${name}"`, copyReaderProblems(args));

    const { datastore, namespace = "", userId, tokenName = "pull", rotation } = args;
    const guarded = { parent: this, ...DATA_GUARD };
    const user = new pbs.User(name, { userId, comment: "reads copies, changes nothing" }, guarded);
    const named = { userId: user.userId, tokenName, ...defined({ rotation }) };
    const token = new pbs.Token(`${name}-token`, named, guarded);
    const below = namespace === "" ? "" : `/${namespace}`;
    const path = pulumi.interpolate`/datastore/${datastore.datastore}${below}`;
    const right = { path, role: "DatastoreReader", propagate: namespace !== "" };
    const userAcl = new pbs.Acl(`${name}-user`, { ...right, authId: user.userId }, guarded);
    const tokenAcl = new pbs.Acl(`${name}-token`, { ...right, authId: token.tokenId }, guarded);
    const granted = pulumi.all([userAcl.urn, tokenAcl.urn]);
    this.tokenId = pulumi.all([token.tokenId, granted]).apply(([tokenId]) => tokenId);
    this.secret = pulumi.secret(pulumi.all([token.secret, granted]).apply(([secret]) => secret));

    this.registerOutputs({ tokenId: this.tokenId });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function copyReaderProblems(args: Omit<CopyReaderArgs, "datastore">): Problem[] {
  const { namespace = "", userId, tokenName = "pull" } = args;
  return [
    ...identifierProblems("namespace", "namespace", namespace),
    ...identifierProblems("userId", "userId", userId),
    ...identifierProblems("pbsId", "tokenName", tokenName),
  ];
}
