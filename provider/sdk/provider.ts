import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** A change that protects less, accepted by somebody. */
export interface Acceptance {
  /** Which object: `pbs:PruneJob/prune-tappaas_backup`. */
  readonly object: string;
  /** Which change: `shorten-retention`, `remove-guest`, `disable-job`, `disable-storage`, `disable-login`, `weaken-encryption`, `unproven-former-key`. */
  readonly change: string;
  /** Who accepts it. */
  readonly who: string;
  /** The reason, for whoever asks in a year. */
  readonly why: string;
  /** Last day on which it counts, `2027-01-31`. @default - no end */
  readonly until?: string | undefined;
}

/** Arguments of {@link Provider}. A side that no resource uses may be left out. */
export interface ProviderArgs {
  /** A PVE node: `https://tappaas1.internal:8006`. */
  readonly pveEndpoint?: pulumi.Input<string>;
  /** API token as `user@realm!name=secret`. */
  readonly pveApiToken?: pulumi.Input<string>;
  /** Certificate authority of the PVE as PEM, trusted besides the system's: `/etc/pve/pve-root-ca.pem`. */
  readonly pveCaCertificate?: pulumi.Input<string>;
  /** The PBS: `https://backup.internal:8007`. */
  readonly pbsEndpoint?: pulumi.Input<string>;
  /** SHA-256 of the PBS's certificate. @default - the system's certificate authorities decide */
  readonly pbsFingerprint?: pulumi.Input<string>;
  /** API token as `user@realm!name:secret`. */
  readonly pbsToken?: pulumi.Input<string>;
  /** User, where there is no token. */
  readonly pbsUsername?: pulumi.Input<string>;
  /** Its password. */
  readonly pbsPassword?: pulumi.Input<string>;
  /** File with the encryption key, itself encrypted with age. Read when a storage is made, never kept. */
  readonly keyFile?: pulumi.Input<string>;
  /** The age identity that opens it. */
  readonly keyIdentityFile?: pulumi.Input<string>;
  /** Objects that exist on the site and may be changed to what the program says: `pbs:PruneJob/nightly`. @default - none */
  readonly adoptions?: pulumi.Input<pulumi.Input<string>[]>;
  /** Changes that protect less and that somebody accepts. @default - none */
  readonly acceptances?: pulumi.Input<pulumi.Input<Acceptance>[]>;
  /** Reports in a preview what an `up` would meet on the site, and refuses to change anything. @default false */
  readonly reportOnly?: pulumi.Input<boolean>;
}

/** The site on which resources act: its PVE, its PBS, and what its owner allows. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs = {}, opts: pulumi.ResourceOptions = {}) {
    demandPluginLines();
    const { pveApiToken, pbsToken, pbsPassword, adoptions, acceptances, ...rest } = args;
    const secret = {
      pveApiToken: hidden(pveApiToken),
      pbsToken: hidden(pbsToken),
      pbsPassword: hidden(pbsPassword),
    };
    // Pulumi hands lists to providers as JSON text.
    const lists = { adoptions: json(adoptions), acceptances: json(acceptances) };
    super("resilience", name, { ...rest, ...secret, ...lists }, opts);
  }
}

function hidden(value: pulumi.Input<string> | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}

function json(list: pulumi.Input<unknown[]> | undefined): pulumi.Output<string> | undefined {
  return list === undefined ? undefined : pulumi.output(list).apply((known) => JSON.stringify(known));
}
