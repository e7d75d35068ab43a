import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link PbsStorage}. */
export interface PbsStorageArgs {
  /** Identifier in PVE. **Cannot be changed.** */
  readonly storage: pulumi.Input<string>;
  /** Name or address of the PBS. **Cannot be changed.** */
  readonly server: pulumi.Input<string>;
  /** TCP port of the PBS. @default 8007 */
  readonly port?: pulumi.Input<number>;
  /** Datastore on the PBS. **Cannot be changed.** */
  readonly datastore: pulumi.Input<string>;
  /** Namespace in the datastore, `a/b`. @default - the root namespace */
  readonly namespace?: pulumi.Input<string>;
  /** Login on the PBS. Another token of the same user is switched in place; another user is refused. */
  readonly username: pulumi.Input<string>;
  /** Secret of the token, or the user's password. @default - the one that the entry has stays; an entry made anew needs it */
  readonly password?: pulumi.Input<string | undefined>;
  /** SHA-256 of the PBS's certificate. @default - the system's certificate authorities decide */
  readonly fingerprint?: pulumi.Input<string>;
  /** Fingerprint of the key with which the nodes encrypt. The key itself is read from the provider's `keyFile` and never kept. */
  readonly encryptionKeyFingerprint: pulumi.Input<string>;
  /** RSA public key (PEM) to which each backup encrypts the key besides: a second way back to the data. @default - none */
  readonly masterPublicKey?: pulumi.Input<string>;
  /** Nodes that may use it. @default - all */
  readonly nodes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether it is switched off. **Then no backup reaches it.** @default false */
  readonly disable?: pulumi.Input<boolean>;
}

/**
 * The PVE storage entry through which the nodes reach a PBS datastore. Everything in it is changed in place: removed and made
 * anew it would lose its encryption key.
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesm.html#storage_pbs
 */
export class PbsStorage extends pulumi.CustomResource {
  declare public readonly storage: pulumi.Output<string>;
  declare public readonly username: pulumi.Output<string>;
  /** Fingerprint of the key that it carries, as PVE shows it. */
  declare public readonly encryptionKeyFingerprint: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: PbsStorageArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] });
    const password = args.password === undefined ? undefined : pulumi.secret(args.password);
    const inputs = { ...args, password, adopted: undefined };
    super("resilience:pve:PbsStorage", name, inputs, hidden);
  }
}

/** Arguments of {@link BackupJob}. */
export interface BackupJobArgs {
  /** Identifier, 2 to 50 characters. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Storage into which it writes. */
  readonly storage: pulumi.Input<string>;
  /** Calendar event in the nodes' local time. */
  readonly schedule: pulumi.Input<string>;
  /** Guests, by VMID. **Leaving one out ends its backups**: that takes an acceptance. */
  readonly vmids: pulumi.Input<pulumi.Input<number>[]>;
  /** What happens to a running guest: `snapshot`, `suspend` or `stop`. @default "snapshot" */
  readonly mode?: pulumi.Input<string>;
  /** One line for people. */
  readonly comment?: pulumi.Input<string>;
  /** Who is told: `auto`, `legacy-sendmail` or `notification-system`. @default "auto" */
  readonly notificationMode?: pulumi.Input<string>;
  /** Notes of each backup, such as `{{guestname}}`. */
  readonly notesTemplate?: pulumi.Input<string>;
  /** Whether it runs. @default true */
  readonly enabled?: pulumi.Input<boolean>;
  /** Catches up after a time at which the node was off. @default false */
  readonly repeatMissed?: pulumi.Input<boolean>;
  /** Fingerprint of the key that the storage must carry: without it the job is neither made nor changed. */
  readonly encryptionKeyFingerprint: pulumi.Input<string>;
}

/**
 * A scheduled backup of guests to a storage that carries a given encryption key.
 * @see https://pve.proxmox.com/pve-docs/chapter-vzdump.html
 */
export class BackupJob extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  declare public readonly storage: pulumi.Output<string>;
  /** Fingerprint of the key that the storage carries: a refresh shows its loss. */
  declare public readonly encryptionKeyFingerprint: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: BackupJobArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:BackupJob", name, { ...args, adopted: undefined }, opts);
  }
}

/**
 * The identifier of a storage entry that an observation shows, once it is certain that the site still has it. Asked in previews,
 * too; an entry that is gone stops the program with a sentence.
 */
export function standingStorage(storage: string, opts: pulumi.InvokeOptions = {}): pulumi.Output<string> {
  demandPluginLines();
  const answer: pulumi.Output<{ storage: string; gone?: string }> = pulumi.runtime.invokeOutput(
    "resilience:pve:standingStorage",
    { storage },
    opts,
  );
  return answer.apply(({ storage: standing, gone }) => {
    if (gone === undefined) return standing;
    const error = new pulumi.RunError(gone);
    // It is shown without its stack; Pulumi would still spend twenty seconds on laying that out.
    error.stack = gone;
    throw error;
  });
}
