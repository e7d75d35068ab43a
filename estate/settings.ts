import * as z from "zod";

import { contactSettings } from "./contacts";
import { copySources } from "./copy-source-settings";
import { drillSettings } from "./drill-settings";
import { clusterSettings, failoverSettings } from "./failover-settings";
import { type Parsed } from "./problem";
import { quorumDeviceSettings } from "./quorum-device";
import { BUCKETS } from "./backup-buckets";
import {
  expecting,
  fingerprintText,
  hostKeyLine,
  vmidText,
  identifier,
  parse,
  plainText,
  portNumber,
  scheduleText,
  text,
} from "./schema";
import { returnGuardSettings } from "./return-guard-settings";
import { locationSettings } from "./location-settings";
import { hostedSettings } from "./hosted-settings";
import { linkSettings } from "./link-settings";
import { offsiteSettings } from "./offsite-settings";
import { retentionSettings } from "./retention-settings";
import { ROLES } from "./roles";
import { serverMachineSettings } from "./server-machine-settings";
import { startupSettings } from "./startup-settings";
import { sshSettings } from "./ssh-settings";
import { stateSettings } from "./state-settings";
import { targetSettings } from "./targets";
import { tunnelSettings } from "./tunnel-settings";
import { ALERT_FORMS } from "./units/alert-form";
import { isConfigDirectory } from "./units/config-directory";
import { isTimeOfDay } from "./units/time-of-day";
import { wanSettings } from "./wan";

/** How the disks of a ZFS pool stand together, in PVE's words. */
export const RAID_LEVELS = ["single", "mirror", "raid10", "raidz", "raidz2", "raidz3"] as const;

/**
 * What a pool is for: services that matter (TAPPaaS' tanka), bulk data that may be lost with a disk (tankb), or nothing but
 * backups (tankc).
 */
export const POOL_PURPOSES = ["important", "bulk", "backup"] as const;

const ssh = z.strictObject({
  /** Name or address at which the node's SSH answers. */
  host: identifier("address"),
  /** TCP port. @default 22 */
  port: portNumber.default(22),
  /** Account that may run `zpool`. @default "root" */
  user: plainText.default("root"),
  /** The node's host key as an authorized_keys line. Without it any machine could answer. */
  hostKey: hostKeyLine,
});

const node = z.strictObject({
  /** Address of the node's API, `https://…:8006`. */
  api: text(isHttps, 'an address such as "https://10.0.0.10:8006"'),
  ssh,
});

const pool = z.strictObject({
  /** Node that holds the disks. */
  node: identifier("node"),
  /** Name of the pool, `tanka1`. **Another name is another pool.** */
  name: identifier("zfsPool"),
  /** Redundancy. **Cannot be changed on a pool that exists.** */
  raidlevel: z.enum(RAID_LEVELS),
  /** Disks by their names in /dev/disk/by-id; pairs in order for raid10. */
  disks: z.array(identifier("disk")).min(1, expecting("at least one disk")),
  /** @default - by the name: tanka is important, tankb bulk, tankc backup */
  purpose: z.enum(POOL_PURPOSES).optional(),
});

const backupServer = z.strictObject({
  /**
   * Name or address of the Proxmox Backup Server.
   * @default - there is none yet: pools and failover are declared, nothing is backed up, and every run says so
   */
  address: identifier("address").optional(),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Country in which it stands, ISO 3166: "NL". By it backups that are to stay in the EU are checked. @default - the site's own */
  country: text((code) => /^[A-Z]{2}$/.test(code), 'a country such as "NL"').optional(),
  /** Where backups are kept. @default - what TAPPaaS' backup module says, else `tappaas_backup` on `/tankc1` */
  datastore: z.strictObject({ name: identifier("pbsId").optional(), path: identifier("path").optional() }).default({}),
  /** User with which PVE writes backups. Backup groups belong to it: **another user cannot go on with them.** @default "tappaas@pbs" */
  user: identifier("userId").default("tappaas@pbs"),
  /** Name of that user's API token. @default "pve" */
  tokenName: identifier("pbsId").default("pve"),
  /** Moment at which a new secret for that token was last ordered; `make rotate` writes it. **Another one ends the old secret.** */
  tokenRotation: text(isMoment, 'a moment in quotes, such as "2026-11-26T10:15:00Z"').optional(),
  /**
   * Node on which it stands natively, beside PVE: the program installs it there. `fingerprint` and `pbsToken` are not needed then.
   * @default - none
   */
  onNode: identifier("node").optional(),
  machine: serverMachineSettings,
  /**
   * Way to a root shell of the server's machine, where it is none of the nodes; `links` need it, and nothing else does.
   * @default - the node's, where it stands on one
   */
  ssh: sshSettings.optional(),
});

/** A VMID as a key, of which `example` is one. */
const backup = z
  .strictObject({
    /** Identifier of PVE's storage entry. @default - the datastore's name */
    storage: identifier("storage").optional(),
    /** Identifier of PVE's backup job. @default - the job that TAPPaaS made, found by its comment, else `tappaas-backup-vm-managed` */
    jobId: text((id) => /^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$/.test(id), '2 to 50 letters, digits, "_" or "-"').optional(),
    /** When guests are backed up, by the nodes' clock. @default "21:00" */
    schedule: scheduleText.default("21:00"),
    /**
     * When guests are backed up that wish it once a week. Not beside the nightly job: PVE runs one backup after the other, and gives one
     * up that has waited for three hours. @default "sun 16:00"
     */
    weeklySchedule: scheduleText.default("sun 16:00"),
    /** When guests are backed up that wish it once a month. @default "*-*-01 12:00" */
    monthlySchedule: scheduleText.default("*-*-01 12:00"),
    /** How often guests are backed up that need it less than every night, by VMID: `weekly` or `monthly`. It goes before their modules. */
    buckets: z
      .record(vmidText("901"), z.enum(["daily", ...BUCKETS], expecting('"daily", "weekly" or "monthly"')))
      .default({}),
    /** Time of the day at which the nodes' own configuration is backed up, by their clock. @default "20:30" */
    configurationTime: text(isTimeOfDay, 'a time of the day such as "20:30"').default("20:30"),
    /**
     * Directories that are kept file by file besides, by the VMID of the virtual machine that has them; its guest agent hands them to
     * the node. An empty list keeps none. @default - TAPPaaS' control VM, and the backup server that the program makes
     */
    configurations: z
      .record(vmidText("130"), z.array(text(isConfigDirectory, 'a directory such as "/home/tappaas/config"')))
      .default({}),
    /** When snapshots are pruned, by the PBS's clock. @default "02:00" */
    pruneSchedule: scheduleText.default("02:00"),
    /** When garbage collection frees what pruning left, by the PBS's clock. @default "03:00" */
    garbageCollection: scheduleText.default("03:00"),
    /** When snapshots are reread, by the PBS's clock. @default "04:00" */
    verifySchedule: scheduleText.default("04:00"),
    /** Days after which a snapshot that was verified is reread, 1 to 3650. **More finds rot later.** @default 30 */
    reverifyAfter: z
      .int(expecting("whole days from 1 to 3650"))
      .min(1, expecting("whole days from 1 to 3650"))
      .max(3650, expecting("whole days from 1 to 3650"))
      .default(30),
    /**
     * What is kept. **Keeping less deletes snapshots at the next run.**
     * @default - 7 days, 4 weeks, 12 months, years for ever, and of each as many as the prune job that was found keeps
     */
    retention: retentionSettings.optional(),
    /**
     * Users of the backup server with which other places fetch copies, one a place. Each may read the site's own backups, which lie in
     * the root namespace of the datastore, and change nothing; the program makes user and token, and the stack's output `copyReaders`
     * has the secrets.
     */
    readers: z.array(identifier("userId")).default([]),
    /** Guests that stay out of the backup, by VMID, each with its reason. Foundation guests cannot be named. */
    exclude: z.record(vmidText("901"), plainText).default({}),
  })
  .prefault({});

const alerts = z
  .strictObject({
    /** Receiver of what fails, whose form is known; the address itself is the secret `alertAddress`. @default "text" */
    form: z.enum(ALERT_FORMS, expecting(`one of ${ALERT_FORMS.map((form) => `"${form}"`).join(", ")}`)).default("text"),
  })
  .prefault({});

/** A site's folder, from the repository's root. */
export const siteFolder = text(
  (path) => /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.includes(".."),
  'a folder such as "sites/single-node"',
);

/** Form of the settings, for the JSON Schema that editors read; programs use {@link parseSettings}. */
export const settingsSchema = z.strictObject({
  /** What the stack is; it chooses the program. @default "site" */
  role: z.literal("site", expecting(`one of ${ROLES.map((role) => `"${role}"`).join(", ")}`)).default("site"),
  /** Folder of the site's files, from the repository's root: `sites/single-node`. */
  site: siteFolder,
  /** Where the site stands; by it a copy in the same building is known for none elsewhere. @default - nobody says */
  location: locationSettings,
  /** Nodes of the cluster, by name. */
  nodes: z
    .record(identifier("node"), node)
    .refine(
      (nodes) => Object.keys(nodes).length > 0,
      expecting("at least one node (make enrol HOST=<address> writes it here)"),
    ),
  /** ZFS pools to adopt or to make. Others on the nodes are left alone. */
  pools: z.array(pool).default([]),
  backupServer: backupServer.prefault({}),
  backup,
  failover: failoverSettings,
  cluster: clusterSettings,
  startup: startupSettings,
  quorumDevice: quorumDeviceSettings,
  wan: wanSettings,
  tunnel: tunnelSettings,
  returnGuard: returnGuardSettings,
  offsite: offsiteSettings,
  hosted: hostedSettings,
  /** Sites of which this one's backup server keeps copies, by a name of one's own. **Another name is another copy.** */
  peers: copySources.default({}),
  links: linkSettings,
  /** Certificate of the CA that signed the nodes' certificates, as PEM: /etc/pve/pve-root-ca.pem. @default - the CAs this machine trusts */
  caCertificate: text(
    (pem) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/.test(pem),
    "a certificate in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
  ).optional(),
  alerts,
  state: stateSettings,
  targets: targetSettings,
  drill: drillSettings,
  contacts: contactSettings,
  /** Key with which the nodes encrypt. */
  key: z.strictObject({
    /** Its SHA-256 fingerprint, as `make key` prints it. **Another fingerprint is another key.** */
    fingerprint: fingerprintText,
    /**
     * RSA public key as PEM, as `make key` prints it: each backup carries its key encrypted to it, a second way back to the data. The
     * private half stands on the escrow sheet alone. @default - none
     */
    masterPublicKey: text(isPublicKey, 'a public key as PEM, "-----BEGIN PUBLIC KEY-----" and so on').optional(),
    /** File that holds it, age-encrypted, from the repository's root. Read when something is applied, never in a preview. */
    file: plainText.default("keys/backup-key.age"),
    /** Age identity that opens that file. **Who holds both reads every backup.** */
    identityFile: plainText.default("keys/identity.txt"),
  }),
});

/** What `Pulumi.<stack>.yaml` holds under `settings`, parsed, defaults filled in. Secrets stay out of it. */
export type Settings = z.infer<typeof settingsSchema>;

/** One ZFS pool of the settings. */
export type PoolSettings = Settings["pools"][number];

/** Reads the settings strictly, naming every key that is missing, unknown or malformed. */
export function parseSettings(input: unknown): Parsed<Settings> {
  return parse(settingsSchema, input);
}

function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function isPublicKey(text: string): boolean {
  return /^-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(text);
}

function isHttps(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, pathname, username, search } = new URL(address);
  return protocol === "https:" && pathname === "/" && username === "" && search === "";
}
