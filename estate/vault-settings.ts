import * as z from "zod";

import { type Parsed } from "./problem";
import { retentionSettings } from "./retention-settings";
import { expecting, fingerprintText, identifier, parse, portNumber, scheduleText, text } from "./schema";
import { siteFolder } from "./settings";
import { stateSettings } from "./state-settings";

const source = z.strictObject({
  /** Name or address of the other site's PBS, as the vault's server reaches it. */
  address: identifier("address"),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore over there. **Another one is another copy.** */
  datastore: identifier("pbsId"),
  /** Namespace over there. @default - the root namespace, and so all of the datastore */
  namespace: identifier("namespace").optional(),
  /** Token that the other site gave, such as `vault@pbs!pull`; its secret is `<name>Reader`. */
  authId: text((id) => /^[^\s:/!]+@[^\s:/!]+![^\s:/!]+$/.test(id), 'a token such as "vault@pbs!pull"'),
  /** Where the copies lie here, on a dataset of its own: PBS has no quota. **Neither can be changed.** */
  into: z.strictObject({
    /** Datastore on the vault's server. */
    datastore: identifier("pbsId"),
    /** Its directory there. */
    path: identifier("path"),
  }),
  /** When it fetches, by this PBS's clock. @default "05:00" */
  schedule: scheduleText.default("05:00"),
  /** When snapshots are pruned here. @default "10:00" */
  pruneSchedule: scheduleText.default("10:00"),
  /** When garbage collection frees what pruning left. @default "11:00" */
  garbageCollection: scheduleText.default("11:00"),
  /** When copies are reread. @default "13:00" */
  verifySchedule: scheduleText.default("13:00"),
  /** What is kept here, whatever the other site deletes. @default - 7 days, 4 weeks, 12 months, years for ever */
  retention: retentionSettings.optional(),
  /** Most that it fetches a second, such as `10 MB`. @default - no limit */
  rateIn: text((rate) => /^\d+(?:\.\d+)? ?(?:[KMGT]i?)?B$/.test(rate), 'an amount a second such as "10 MB"').optional(),
  /** Groups fetched at once, 1 to 32; more help where the way is long. @default 1 */
  workerThreads: z
    .int(expecting("a whole number from 1 to 32"))
    .min(1, expecting("a whole number from 1 to 32"))
    .max(32, expecting("a whole number from 1 to 32"))
    .default(1),
});

/** Name of a source: its remote and its sync job have it too. */
const sourceName = text((name) => /^[a-z][a-z0-9-]{1,30}$/.test(name), 'a name such as "home"');

/** Form of the settings of a vault. */
export const vaultSettingsSchema = z.strictObject({
  /** What the stack is. */
  role: z.literal("vault"),
  /** Folder of the vault's decisions, from the repository's root: `sites/offsite`. */
  site: siteFolder,
  /** The Proxmox Backup Server that keeps the copies. It exists, at another place than what it copies. */
  backupServer: z.strictObject({
    /** Its name or address. */
    address: identifier("address"),
    /** TCP port. @default 8007 */
    port: portNumber.default(8007),
    /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
    fingerprint: fingerprintText.optional(),
  }),
  /** Sites whose backups it fetches, by a name of one's own. **Another name is another copy.** */
  sources: z
    .record(sourceName, source)
    .refine((sources) => Object.keys(sources).length > 0, expecting("at least one site to fetch from")),
  state: stateSettings,
});

/** Settings of a vault, parsed, defaults filled in. Secrets stay out of it. */
export type VaultSettings = z.infer<typeof vaultSettingsSchema>;

/** Reads the settings of a vault strictly, naming every key that is missing, unknown or malformed. */
export function parseVaultSettings(input: unknown): Parsed<VaultSettings> {
  return parse(vaultSettingsSchema, input);
}

/** Key of the secret with which a source is read, `homeReader`. */
export function readerKey(source: string): string {
  return `${source}Reader`;
}

/** Keys of a site's stack that by their names are logins for another place: a source's, or whatever is called after a vault. */
export function foreignLogins(keys: readonly string[]): string[] {
  return keys.filter((key) => /Reader$|^(?:vault|offsite|peer)/i.test(key));
}
