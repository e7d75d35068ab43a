import * as z from "zod";

import { cloudHostSettings } from "./cloud-machine-settings";
import { type Parsed, type Problem } from "./problem";
import {
  expecting,
  fingerprintText,
  identifier,
  parse,
  plainText,
  portNumber,
  scheduleText,
  sizeText,
  text,
  tokenText,
  vmidText,
} from "./schema";
import { siteFolder } from "./settings";
import { stateSettings } from "./state-settings";
import { isNetworkPlace } from "./units/network-place";

const network = text(isNetworkPlace, 'a network such as "lan" or "lan/210"');
const target = text((value) => value === "none" || isNetworkPlace(value), 'a network such as "lan/3210", or "none"');
const vlan = z
  .int(expecting("a VLAN from 1 to 4094"))
  .min(1, expecting("a VLAN from 1 to 4094"))
  .max(4094, expecting("a VLAN from 1 to 4094"));
const cores = z.int(expecting("a whole number of cores")).min(1, expecting("a whole number of cores"));
const token = tokenText("home@pbs!dr");

const server = {
  /** Name or address of the Proxmox Backup Server, as the host reaches it. */
  address: identifier("address"),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore there. */
  datastore: identifier("pbsId"),
};

/** Form of the settings of a stack whose guests run on somebody else's node, or on one that is made for them at AWS. */
export const drHostSettingsSchema = z.strictObject({
  /** What the stack is. */
  role: z.enum(["dr-host", "dr-cloud"]),
  /** Folder of what is written down about this stack, from the repository's root: `sites/dr-host`. Not the folder of the lost site. */
  site: siteFolder,
  /** Stack of the site whose guests come back: `home` for Pulumi.home.yaml, beside this file. */
  home: text((name) => /^[A-Za-z0-9][\w.-]*$/.test(name), 'a stack such as "home"'),
  /** The machine of AWS that becomes the node; of a stack of role dr-cloud, and only there. */
  cloud: cloudHostSettings.optional(),
  /** The node that lends its room. */
  host: z.strictObject({
    /** Its name in PVE. */
    node: identifier("node"),
    /** Address of its API, `https://…:8006`. */
    api: text(isHttps, 'an address such as "https://198.51.100.7:8006"'),
    /** Bridges that lead to the internet; no guest gets a card on one. @default ["wan"] */
    wan: z.array(plainText).default(["wan"]),
    /**
     * VLANs that its owner uses, besides those that PVE shows. A guest with a card without a VLAN, such as its firewall, gets them all,
     * and which it uses only its owner can say. @default - none is said; refused where such a guest shares a bridge with ours
     */
    vlans: z.array(vlan).optional(),
    /** Memory that is left to the node itself. @default "4 GiB" */
    reserve: sizeText.default("4 GiB"),
  }),
  /** Certificate of the CA that signed the host's certificate, as PEM. @default - the CAs this machine trusts */
  caCertificate: text(
    (pem) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/.test(pem),
    "a certificate in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
  ).optional(),
  /** Which guests come back, and under which numbers and names. */
  guests: z.strictObject({
    /** What is added to each VMID. The numbers have to be free on the host, and in none of its backup jobs. **Another one is other guests.** */
    offset: z
      .int(expecting("a whole number from 1 to 999000000"))
      .min(0, expecting("a whole number from 1 to 999000000"))
      .max(999_000_000, expecting("a whole number from 1 to 999000000")),
    /** What is put before each name. @default "dr-" */
    prefix: text((value) => /^(?:[a-z0-9][a-z0-9-]{0,15})?$/i.test(value), 'a prefix such as "dr-"').default("dr-"),
    /** Guests that do not come along, by their VMID at home, each with the reason: the firewall where the host's own serves. */
    without: z.record(vmidText("110"), plainText).default({}),
  }),
  /** Network of the host for each network of home: `lan/210: lan/3210`; `none` takes the card away. */
  networks: z.record(network, target),
  /** Storage of the host for each storage of home. @default - each has its own name there */
  storages: z.record(identifier("storage"), identifier("storage")).default({}),
  /** What guests get here. Less than at home may be too little for them. */
  size: z
    .strictObject({
      /** Processor type of every virtual machine; the host's may be another make. @default - as at home */
      cpuType: text((type) => /^[A-Za-z0-9-]+$/.test(type), 'a processor type such as "x86-64-v2-AES"').optional(),
      /** Most cores of one guest. @default - as at home */
      mostCores: cores.optional(),
      /** Memory and cores of single guests, by their VMID at home. */
      guests: z
        .record(
          vmidText("140"),
          z.strictObject({
            /** Memory. @default - as at home */
            memory: sizeText.optional(),
            /** Cores of all sockets. @default - as at home */
            cores: cores.optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
  /** Where home's backups are read from. The secret of the login is `backupsSecret`. */
  backups: z.strictObject({
    ...server,
    /** Namespace there. @default - the root namespace */
    namespace: identifier("namespace").optional(),
    /** Token that may only read. **It lies on the host as long as the rebuild lasts.** */
    authId: token,
    /** Whether reading passes the internet: for the predicted times. @default true */
    overInternet: z.boolean(expecting("true or false")).default(true),
  }),
  /**
   * Where what serves here is backed up every night, in a namespace of its own, which its owner made. The secret of the login is
   * `nightlySecret`. `make down` leaves it as it is.
   */
  nightly: z.strictObject({
    ...server,
    /** Namespace there: not that of home's backups, whose groups may bear the same numbers. */
    namespace: identifier("namespace"),
    /** Token that may write there and not delete. */
    authId: token,
    /** Identifier of PVE's storage entry, and of its backup job. @default "dr-nightly" */
    storage: identifier("storage").default("dr-nightly"),
    /** When, by the host's clock. @default "22:00" */
    schedule: scheduleText.default("22:00"),
  }),
  /**
   * Who takes it upon themselves that the host's owner can read everything that runs there, and the key. Without it nothing is done.
   */
  exposure: z
    .strictObject({
      /** Who decided. */
      who: plainText,
      /** For what reason. */
      why: plainText,
      /** Last day on which it counts, `2026-12-31`. */
      until: text(isDay, 'a day such as "2026-12-31"'),
    })
    .optional(),
  /** The key of the lost site: nightly backups here are encrypted with it, too. */
  key: z.strictObject({
    /** Its SHA-256 fingerprint, as the sheet has it. */
    fingerprint: fingerprintText,
    /** File that holds it, age-encrypted; `make rebuild` makes it from the sheet where there is none. @default "keys/backup-key.age" */
    file: plainText.default("keys/backup-key.age"),
    /** Age identity that opens that file. **Who holds both reads every backup.** @default "keys/identity.txt" */
    identityFile: plainText.default("keys/identity.txt"),
  }),
  state: stateSettings,
});

/** Settings of a stack on somebody else's node, parsed, defaults filled in. Secrets stay out of it. */
export type DrHostSettings = z.infer<typeof drHostSettingsSchema>;

/** Reads them strictly, naming every key that is missing, unknown or malformed. */
export function parseDrHostSettings(input: unknown): Parsed<DrHostSettings> {
  const parsed = parse(drHostSettingsSchema, withCloudDefaults(input));
  if (!parsed.ok) return parsed;
  const wrong = roleProblems(parsed.value);
  if (wrong.length > 0) return { ok: false, problems: wrong };
  const { backups, nightly, site } = parsed.value;
  const same =
    backups.address === nightly.address &&
    backups.datastore === nightly.datastore &&
    backups.namespace === nightly.namespace;
  if (!same) return parsed;
  const expected = `another place than that of home's backups, and ${nightly.namespace} of ${nightly.datastore} is it`;
  const cure = `choose a namespace of its own, such as "${site.split("/").at(-1) ?? "dr-host"}"`;
  return { ok: false, problems: [{ path: "nightly.namespace", expected, cure }] };
}

/** A node of one's own has no guests of others: numbers and names stay, and it is reached over a session that ends on this machine. */
function withCloudDefaults(input: unknown): unknown {
  const written = input as { role?: unknown; host?: object; guests?: object } | null;
  if (typeof written !== "object" || written?.role !== "dr-cloud") return input;
  const host = { node: "cloud", api: "https://127.0.0.1:8006", wan: [], ...written.host };
  return { ...written, host, guests: { offset: 0, prefix: "", ...written.guests } };
}

const NAMED = "write guests.offset and guests.prefix as docs/how-to/dr-host.md shows";

function roleProblems({ role, cloud, guests: { offset, prefix } }: DrHostSettings): Problem[] {
  if (role === "dr-cloud") {
    const cure = "write cloud with region, publicKey and budget";
    return cloud === undefined ? [{ path: "cloud", expected: "the machine that is to be made", cure }] : [];
  }
  const elsewhere = "the host has guests of its own, which may bear the same";
  return [
    ...(cloud === undefined
      ? []
      : [{ path: "cloud", expected: "nothing here: only role dr-cloud makes a machine", cure: "take it out" }]),
    ...(offset > 0
      ? []
      : [{ path: "guests.offset", expected: `a whole number from 1 to 999000000: ${elsewhere}`, cure: NAMED }]),
    ...(prefix !== ""
      ? []
      : [{ path: "guests.prefix", expected: `a prefix such as "dr-": ${elsewhere}`, cure: NAMED }]),
  ];
}

function isHttps(address: string): boolean {
  return /^https:\/\/[A-Za-z0-9.[\]:-]+\/?$/.test(address) && URL.canParse(address);
}

function isDay(day: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
}
