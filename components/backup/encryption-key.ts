import * as pulumi from "@pulumi/pulumi";

import { fingerprintProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link EncryptionKey}. */
export interface EncryptionKeyArgs {
  /**
   * SHA-256 fingerprint of the key, as `make key` prints it: 32 bytes in hex with colons. The key itself is never an
   * argument. **Another fingerprint is another key**: what the old one encrypted stays readable only with the old one.
   */
  readonly fingerprint: string;
  /**
   * RSA public key as PEM to which each backup's key is encrypted besides: a second way back, for whoever has the private half and
   * its passphrase. It is no secret. @default - none
   */
  readonly masterPublicKey?: string;
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
  /** Public half of the master key; undefined where there is none. */
  public readonly masterPublicKey: string | undefined;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:EncryptionKey", name, {}, opts);
    rejectProblems(this, `EncryptionKey "${name}"`, encryptionKeyProblems(args));

    this.fingerprint = args.fingerprint.toLowerCase();
    this.masterPublicKey = args.masterPublicKey;

    this.registerOutputs({ fingerprint: this.fingerprint });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function encryptionKeyProblems({ fingerprint, masterPublicKey }: EncryptionKeyArgs): Problem[] {
  const problems = fingerprintProblems("fingerprint", fingerprint);
  if (masterPublicKey === undefined || masterPublicKey.startsWith("-----BEGIN PUBLIC KEY-----")) return problems;
  // What came is not quoted: whoever pastes the other half must not find it in a log.
  const reason = 'expected an RSA public key as PEM, "-----BEGIN PUBLIC KEY-----" and so on; never its private half';
  return [...problems, { path: "masterPublicKey", reason }];
}
