import * as pulumi from "@pulumi/pulumi";

import * as pbs from "../../provider/sdk/pbs";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { type BackupLogin } from "./backup-login";
import { type Datastore } from "./datastore";
import { type PbsStorage } from "./pbs-storage";

/** Arguments of {@link FormerRight}. */
export interface FormerRightArgs {
  /** User who may have it, such as `tappaas@pbs`. */
  readonly userId: string;
  /** Role that the backups do without. @default "Admin" */
  readonly role?: string;
  /** Datastore on which the user may have it. */
  readonly datastore: Datastore;
  /** Login that writes the backups instead. */
  readonly login: BackupLogin;
  /** Storage that has that login. */
  readonly storage: PbsStorage;
  /** Whether it is taken away, once a backup has succeeded without it. **It is not given back.** @default false */
  readonly end?: boolean;
}

/**
 * A right that a user had before the program: whoever has it can delete every backup.
 *
 * It outlives the switch of the login on purpose: it ends only after a backup that did without it, so that there is no night
 * on which neither login works.
 *
 * @see https://pbs.proxmox.com/docs/user-management.html#access-roles
 */
export class FormerRight extends pulumi.ComponentResource {
  /** Whether the user has it now. */
  public readonly present: pulumi.Output<boolean>;

  constructor(name: string, args: FormerRightArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:FormerRight", name, args, opts);
    rejectProblems(this, `FormerRight "${name}"`, formerRightProblems(args));

    const { userId: authId, role = "Admin", datastore, login, storage, end = false } = args;
    const path = pulumi.interpolate`/datastore/${datastore.datastore}`;
    // Looked at only once the storage has its new login.
    const after = pulumi.all([login.tokenId, storage.storage]).apply(([tokenId]) => tokenId);
    const inputs = { path, role, authId, datastore: datastore.datastore, login: after, end };
    const right = new pbs.FormerRight(name, inputs, { parent: this });
    this.present = right.present;

    this.registerOutputs({ present: this.present });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function formerRightProblems({ userId, role = "Admin" }: Pick<FormerRightArgs, "userId" | "role">): Problem[] {
  const problems = identifierProblems("userId", "userId", userId);
  if (/^[A-Z][A-Za-z]+$/.test(role)) return problems;
  return [...problems, { path: "role", reason: `expected a role such as "Admin", got "${role}"` }];
}
