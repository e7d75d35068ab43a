import * as z from "zod";

import { vaultMachineSettings } from "./cloud-machine-settings";
import { copySources, readerKey } from "./copy-source-settings";
import { heldCopies } from "./held-copies";
import { linkSettings } from "./link-settings";
import { type Parsed } from "./problem";
import { expecting, fingerprintText, identifier, parse, portNumber, text } from "./schema";
import { siteFolder } from "./settings";
import { sshSettings } from "./ssh-settings";
import { stateSettings } from "./state-settings";

/** Form of the settings of a vault. */
export const vaultSettingsSchema = z
  .strictObject({
    /** What the stack is. */
    role: z.literal("vault"),
    /** Folder of the vault's decisions, from the repository's root: `sites/offsite`. */
    site: siteFolder,
    /**
     * The machine of AWS in which the backup server is to stand, at another place than what it copies. It is made first; `make enrol PBS=…`
     * then writes `backupServer`. **Taking it out of the settings is refused: the copies lie on its disk.**
     */
    machine: vaultMachineSettings,
    /** The Proxmox Backup Server that keeps the copies, at another place than what it copies. @default - it is still to be enrolled, where there is a `machine` */
    backupServer: z
      .strictObject({
        /** Its name or address. */
        address: identifier("address"),
        /** TCP port. @default 8007 */
        port: portNumber.default(8007),
        /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
        fingerprint: fingerprintText.optional(),
        /** Way to a root shell of its machine; `links` need it, with the secret `sshPrivateKey`. @default - none */
        ssh: sshSettings.optional(),
      })
      .optional(),
    /** Certificate of the CA of `machine.api`, as PEM. @default - the CAs this machine trusts */
    caCertificate: text(
      (pem) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/.test(pem),
      "a certificate in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    ).optional(),
    /** Sites whose backups it fetches, by a name of one's own. **Another name is another copy.** */
    sources: copySources.default({}),
    /**
     * Copies in buckets of sites that are gone, by a name of one's own: they are taken up to read guests back, fed by nobody and thinned out
     * by nobody. **Each has to be dead at its own server first.**
     */
    holds: heldCopies.default({}),
    links: linkSettings,
    state: stateSettings,
  })
  .refine(({ sources, holds }) => Object.keys({ ...sources, ...holds }).length > 0, {
    ...expecting("at least one site to fetch from, or copies of one that is gone under holds"),
    path: ["sources"],
  });

/** Settings of a vault, parsed, defaults filled in. Secrets stay out of it. */
export type VaultSettings = z.infer<typeof vaultSettingsSchema>;

/** Reads the settings of a vault strictly, naming every key that is missing, unknown or malformed. */
export function parseVaultSettings(input: unknown): Parsed<VaultSettings> {
  return parse(vaultSettingsSchema, input);
}

/**
 * Keys of a site's stack that by their names are logins for another place: a source's, or whatever is called after a vault.
 * @param peers Sites whose copies this one keeps: a login that reads there belongs here. @default - none
 */
export function foreignLogins(keys: readonly string[], peers: readonly string[] = []): string[] {
  const own = new Set(peers.map(readerKey));
  return keys.filter((key) => !own.has(key) && /Reader$|^(?:vault|offsite|peer)/i.test(key));
}
