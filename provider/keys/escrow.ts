import { defined } from "../../estate/units/defined";
import { fingerprint, type Fingerprint } from "../../estate/units/fingerprint";
import { bracketed } from "../../estate/units/web-address";
import { KeyError, parseBackupKey, type BackupKey } from "./backup-key";
import { groupLines } from "./key-groups";
import { writePrivateFile } from "./private-file";

/** Where a site's backups are, and the key that they need. */
export interface BackupPlace {
  /** Name of the site. */
  readonly site: string;
  /** Day on which the sheet was written, `2026-11-21`. */
  readonly date: string;
  /** Name or address of the Proxmox Backup Server. */
  readonly address: string;
  /** TCP port of the server. */
  readonly port: number;
  /** SHA-256 fingerprint of the server's certificate; undefined when it is publicly trusted. */
  readonly tlsFingerprint: Fingerprint | undefined;
  /** Datastore that holds the backups. */
  readonly datastore: string;
  /** Namespace in it; empty for the root. */
  readonly namespace: string;
  /** Fingerprint of the key that the backups need. */
  readonly keyFingerprint: Fingerprint;
}

/** All that a stranger needs to read a site's backups on a bare machine: the key, and where the backups are. */
export interface Escrow extends Omit<BackupPlace, "keyFingerprint"> {
  /** The key itself. */
  readonly key: BackupKey;
  /** Private half of the master key as PEM, locked with a passphrase that is not on the sheet; undefined where there is none. */
  readonly masterKey?: string;
}

/** The escrow sheet as text, to be printed and to be kept off the site. **It holds the key in the clear.** */
export function escrowText(escrow: Escrow): string {
  const { site, date, address, port, datastore, namespace, key } = escrow;
  const facts = placeLines({ ...escrow, keyFingerprint: key.fingerprint });
  return `ESCROW SHEET FOR THE BACKUPS OF ${site.toUpperCase()}
written on ${date}

Whoever holds this sheet and a login to the backup server can read every backup.
Without the key below nobody can, not even who owns the disks. Keep one copy away
from the site and one on paper, and try each of them once a year.

${facts.join("\n")}

THE KEY

${BEGIN}
${key.json}
${END}

The same in groups, to be typed from paper; the last two digits of a line show a slip:

${groupLines(key).join("\n")}
${masterText(escrow)}
HOW TO READ A BACKUP WITH THIS LIBRARY

1. Save this sheet as a file on the new machine.
2. node --import=tsx commands/main.ts restore --guest <name> --to <free VMID> --node <node> \\
     --pve https://<address of the node>:8006 --pve-ca <its CA> --escrow-file <this file>

HOW TO READ A BACKUP WITH PROXMOX ALONE

1. Write the one line between BEGIN and END into a file: backup-key.json
2. On a machine with proxmox-backup-client:

   export PBS_REPOSITORY='<user>@pbs@${bracketed(address)}:${port}:${datastore}'
${tlsLine(escrow)}   proxmox-backup-client key show backup-key.json
   proxmox-backup-client snapshot list${namespaceOption(namespace)}
   proxmox-backup-client restore vm/<vmid>/<time> drive-scsi0.img disk.raw --keyfile backup-key.json${namespaceOption(namespace)}

   \`key show\` must print the key fingerprint above.
3. Or give the key to a Proxmox VE node and restore in its web interface:

   pvesm add pbs escrow --server ${address} --port ${port} --datastore ${datastore} --username <user>@pbs \\
     --password --encryption-key backup-key.json${pveOptions(escrow)}
`;
}

/** The master key's own part of the sheet. */
function masterText({ masterKey, namespace }: Escrow): string {
  if (masterKey === undefined) return "";
  return `
THE MASTER KEY, LOCKED WITH A PASSPHRASE THAT IS NOT ON THIS SHEET

${masterKey.trim()}

Each backup carries the key with which it was made, encrypted to this one: the way back where the key above is not that
of a backup. Save the lines from BEGIN to END as master.pem, then:

   proxmox-backup-client restore vm/<vmid>/<time> rsa-encrypted.key locked-key${namespaceOption(namespace)}
   proxmox-backup-client key import-with-master-key backup-key.json --master-keyfile master.pem \\
     --encrypted-keyfile locked-key --kdf none
`;
}

/**
 * Reads an escrow sheet back, from a file or typed in from paper, and proves that its key is the one it names.
 * @throws {KeyError} When a part is missing, or the key has another fingerprint.
 */
export function readEscrow(text: string): Escrow {
  const { keyFingerprint, ...place } = readPlace(text);
  const key = parseBackupKey(keyIn(text));
  if (key.fingerprint !== keyFingerprint)
    throw new KeyError("The key on the escrow sheet is not the one whose fingerprint it names; take another copy.");
  return { ...place, key, ...defined({ masterKey: masterKeyIn(text) }) };
}

/** Where the backups are, in lines for a sheet. */
export function placeLines(place: BackupPlace): string[] {
  return FIELDS.map(([label, value]) => `${`${label}:`.padEnd(LABEL_WIDTH)}${value(place)}`);
}

/**
 * Reads back what {@link placeLines} wrote on a sheet.
 * @throws {KeyError} When a line is missing or malformed.
 */
export function readPlace(text: string): BackupPlace {
  const facts = new Map(FIELDS.map(([label]) => [label, factIn(text, label)]));
  const fact = (label: Label) => facts.get(label) ?? missing(label);
  const port = Number(fact("Server port"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) missing("Server port");
  return {
    site: fact("Site"),
    date: fact("Date"),
    address: fact("Server address"),
    port,
    tlsFingerprint: fact("Server certificate") === TRUSTED ? undefined : fingerprintIn(fact("Server certificate")),
    datastore: fact("Datastore"),
    namespace: fact("Namespace") === ROOT ? "" : fact("Namespace"),
    keyFingerprint: fingerprintIn(fact("Key fingerprint")),
  };
}

/** The PEM, with the line ends and indentation of a copied sheet put right. */
function masterKeyIn(text: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const [begin, end] = [lines.indexOf(BEGIN_MASTER), lines.indexOf(END_MASTER)];
  return begin === -1 || end <= begin ? undefined : `${lines.slice(begin, end + 1).join("\n")}\n`;
}

/**
 * Writes an escrow sheet as a new file of mode 0600.
 * @throws {FileExists} When the path is taken: an older sheet may hold an older key that backups still need.
 */
export async function writeEscrow(path: string, escrow: Escrow): Promise<void> {
  await writePrivateFile(path, escrowText(escrow));
}

const BEGIN = "-----BEGIN PROXMOX BACKUP KEY-----";
const END = "-----END PROXMOX BACKUP KEY-----";
const BEGIN_MASTER = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const END_MASTER = "-----END ENCRYPTED PRIVATE KEY-----";
const TRUSTED = "publicly trusted";
const ROOT = "(root)";
const LABEL_WIDTH = 21;

type Label = (typeof FIELDS)[number][0];

/** What the sheet says, in its order; each is found again by its label. */
const FIELDS = [
  ["Site", ({ site }: BackupPlace) => site],
  ["Date", ({ date }: BackupPlace) => date],
  ["Server address", ({ address }: BackupPlace) => address],
  ["Server port", ({ port }: BackupPlace) => String(port)],
  ["Server certificate", ({ tlsFingerprint }: BackupPlace) => tlsFingerprint ?? TRUSTED],
  ["Datastore", ({ datastore }: BackupPlace) => datastore],
  ["Namespace", ({ namespace }: BackupPlace) => namespace || ROOT],
  ["Key fingerprint", ({ keyFingerprint }: BackupPlace) => keyFingerprint],
] as const;

function factIn(text: string, label: string): string | undefined {
  return new RegExp(`^[ \\t]*${label}:[ \\t]*(\\S.*?)[ \\t\\r]*$`, "m").exec(text)?.[1];
}

function missing(label: Label): never {
  throw new KeyError(`Expected a line "${label}: …" in the escrow sheet; take the whole sheet, or another copy.`);
}

/** The lines between the markers; line ends and spaces at line ends of a copied sheet do not matter. */
function keyIn(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const [begin, end] = [lines.indexOf(BEGIN), lines.indexOf(END)];
  if (begin !== -1 && end > begin) return lines.slice(begin + 1, end).join("");
  throw new KeyError(`Expected a key between "${BEGIN}" and "${END}" in the escrow sheet; take the whole sheet.`);
}

function fingerprintIn(text: string): Fingerprint {
  try {
    return fingerprint(text);
  } catch {
    throw new KeyError("Expected fingerprints of 32 bytes in hex in the escrow sheet; take another copy.");
  }
}

function tlsLine({ tlsFingerprint }: Escrow): string {
  return tlsFingerprint === undefined ? "" : `   export PBS_FINGERPRINT='${tlsFingerprint}'\n`;
}

function namespaceOption(namespace: string): string {
  return namespace === "" ? "" : ` --ns ${namespace}`;
}

function pveOptions({ tlsFingerprint, namespace }: Escrow): string {
  const options = [
    ...(tlsFingerprint === undefined ? [] : [`--fingerprint ${tlsFingerprint}`]),
    ...(namespace === "" ? [] : [`--namespace ${namespace}`]),
  ];
  return options.map((option) => ` \\\n     ${option}`).join("");
}
