import * as pulumi from "@pulumi/pulumi";

import { fingerprintProblems } from "../internal/identifiers";
import { rejectProblems } from "../internal/problems";

/** Arguments of {@link EncryptionKey}. */
export interface EncryptionKeyArgs {
  /**
   * SHA-256 fingerprint of the key, as `make key` prints it: 32 bytes in hex with colons. The key itself is never an
   * argument. **Another fingerprint is another key**: what the old one encrypted stays readable only with the old one.
   */
  readonly fingerprint: string;
}

/**
 * The key with which the nodes encrypt before a byte leaves them, by its fingerprint.
 *
 * It makes nothing on the site. It is the one value from which storages and backup jobs take what key they must carry, so
 * that a storage without it, or with another, stops the job and not the reader years later.
 *
 * @see https://pbs.proxmox.com/docs/backup-client.html#encryption
 */
export class EncryptionKey extends pulumi.ComponentResource {
  /** Fingerprint in lower case. */
  public readonly fingerprint: string;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:EncryptionKey", name, {}, opts);
    rejectProblems(this, `EncryptionKey "${name}"`, fingerprintProblems("fingerprint", args.fingerprint));

    this.fingerprint = args.fingerprint.toLowerCase();

    this.registerOutputs({ fingerprint: this.fingerprint });
  }
}
