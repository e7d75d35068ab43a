import { type Plan, type Step } from "../engine/plan";

/** One field that the site has otherwise than the state says. */
export interface DriftField {
  /** Name of the field. */
  readonly field: string;
  /** What the last run left. */
  readonly left: string;
  /** What the site has now. */
  readonly found: string;
}

/** One object that somebody else changed since the last run. */
export interface Drift {
  /** Name in the state. */
  readonly urn: string;
  /** Type token. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Whether it is there and differs, or is gone. */
  readonly what: "changed" | "gone";
  /** Fields that differ. */
  readonly fields: readonly DriftField[];
  /** Whether `make up` puts it back. Guests move by themselves, and nothing here moves them back. */
  readonly repaired: boolean;
  /** TAPPaaS' own script that writes the same object, where one does. */
  readonly script: string | undefined;
}

/** Objects that stay as they were declared until somebody changes them: putting them back is what the owner asked for. */
const REPAIRED = [/^resilience:/, /^proxmoxve:storage\//];

/** Scripts of TAPPaaS that write an object of that type. Source: TAPPaaS, src/foundation. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "resilience:pve:BackupJob": "the backup:vm service (backup/services/vm), which adds and removes guests",
  "resilience:pve:HaResource":
    "the cluster:ha service (cluster/services/ha), and migrate-vm.sh, which takes it away for a while",
  "resilience:pve:HaRule":
    "the cluster:ha service (cluster/services/ha), and migrate-vm.sh, which makes it anew without strict",
  "resilience:pve:Replication": "the cluster:ha service (cluster/services/ha)",
  "resilience:pve:PbsStorage": "backup/install.sh",
  "resilience:pbs:Datastore": "backup/install.sh or backup/update.sh",
  "resilience:pbs:PruneJob": "backup/install.sh",
  "resilience:pbs:VerifyJob": "backup/install.sh or backup/update.sh",
  "resilience:pbs:Acl": "backup/install.sh",
  "proxmoxve:storage/zfspool:Zfspool": "cluster/config-storage.sh",
};

/** What the site has otherwise than the last run left it, from a refresh that changed nothing. */
export function driftOf({ steps }: Plan): Drift[] {
  return steps.filter(({ op, bare }) => !bare && (op === "update" || op === "delete")).map(driftIn);
}

function driftIn(step: Step): Drift {
  const { urn, type, name, op } = step;
  return {
    urn,
    type,
    name,
    what: op === "delete" ? "gone" : "changed",
    fields: op === "delete" ? [] : fieldsOf(step),
    repaired: REPAIRED.some((pattern) => pattern.test(type)),
    script: SCRIPTS[type],
  };
}

function fieldsOf({ fields, before, after }: Step): DriftField[] {
  return fields.map((field) => ({ field, left: shown(before[field]), found: shown(after[field]) }));
}

function isLostKey({ field, found }: DriftField): boolean {
  return field === "encryptionKeyFingerprint" && found === NOTHING;
}

const LOST_KEY =
  "  Until it is back, PVE refuses to back up, or writes in the clear where the entry names no key at all: `make up` now, " +
  "or switch the job off for tonight";

const NOTHING = "nothing";

function shown(value: unknown): string {
  return value === undefined || value === null ? NOTHING : JSON.stringify(value);
}

/** One object in lines for a person. */
export function driftLines({ name, type, what, fields, repaired, script }: Drift): string[] {
  const head =
    what === "gone" ? `${name} (${type}) is gone from the site` : `${name} (${type}) was changed on the site`;
  const after = repaired ? "`make up` puts it back" : "it is only shown, and never put back from here";
  return [
    `${head}; ${after}`,
    ...fields.map(({ field, left, found }) => `  ${field}: ${left} was left, ${found} is there`),
    ...(fields.some(isLostKey) ? [LOST_KEY] : []),
    ...(script === undefined ? [] : [`  TAPPaaS writes it, too: ${script}`]),
  ];
}
