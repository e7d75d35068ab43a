import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import * as pbs from "../../provider/sdk/pbs";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type Datastore } from "./datastore";

/** Arguments of {@link BackupLogin}. */
export interface BackupLoginArgs {
  /** Datastore into which it may write. */
  readonly datastore: Datastore;
  /** PBS user, such as `tappaas@pbs`. Backup groups belong to it or to its token: **another user cannot go on with them.** */
  readonly userId: string;
  /** Name of its API token. @default "pve" */
  readonly tokenName?: string;
  /**
   * Moment at which a new secret was last ordered, `2026-11-26T10:15:00Z`. **Another one ends the token's secret, and every
   * password of the user**; the storage is switched without a night between. @default - none ordered
   */
  readonly rotation?: string;
}

/**
 * The login with which PVE writes backups: it can add snapshots and read its own back, and it can neither prune nor delete.
 *
 * User and token both get the role, because a token can do only what both may.
 *
 * @see https://pbs.proxmox.com/docs/user-management.html#access-roles
 */
export class BackupLogin extends pulumi.ComponentResource {
  /** The token with which to log in: `tappaas@pbs!pve`, or the next free name where the secret of that one was lost. */
  public readonly tokenId: pulumi.Output<string>;
  /** Its secret; undefined where the token was found in use and nobody has to know it. */
  public readonly secret: pulumi.Output<string | undefined>;
  /** Tokens that nothing uses any more, for a person to remove. */
  public readonly superseded: pulumi.Output<string[]>;

  constructor(name: string, args: BackupLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:BackupLogin", name, {}, opts);
    rejectProblems(this, `BackupLogin "${name}"`, backupLoginProblems(args));

    const { datastore, userId, tokenName = "pve", rotation } = args;
    const guarded = { parent: this, ...DATA_GUARD };
    const user = new pbs.User(name, { userId, comment: "writes backups, deletes nothing" }, guarded);
    const named = { userId: user.userId, tokenName, ...defined({ rotation }) };
    const token = new pbs.Token(`${name}-token`, named, guarded);
    const right = {
      path: pulumi.interpolate`/datastore/${datastore.datastore}`,
      role: "DatastoreBackup",
      propagate: true,
    };
    const userAcl = new pbs.Acl(`${name}-user`, { ...right, authId: user.userId }, guarded);
    const tokenAcl = new pbs.Acl(`${name}-token`, { ...right, authId: token.tokenId }, guarded);
    // Handed out only once both rights are there: a storage with a login that may not write fails to come up.
    const granted = pulumi.all([userAcl.urn, tokenAcl.urn]);
    this.tokenId = pulumi.all([token.tokenId, granted]).apply(([tokenId]) => tokenId);
    this.secret = pulumi.secret(pulumi.all([token.secret, granted]).apply(([secret]) => secret));
    this.superseded = token.superseded;

    const { tokenId, superseded } = this;
    this.registerOutputs({ tokenId, superseded });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function backupLoginProblems({ userId, tokenName = "pve" }: Omit<BackupLoginArgs, "datastore">): Problem[] {
  return [...identifierProblems("userId", "userId", userId), ...identifierProblems("pbsId", "tokenName", tokenName)];
}
