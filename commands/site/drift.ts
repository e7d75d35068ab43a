import { type Plan, type Step } from "../engine/plan";
import { scriptsBehind } from "./tappaas-scripts";

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
  /** TAPPaaS' own scripts that make such a difference, each with what it does; empty where it was somebody else. */
  readonly scripts: readonly string[];
}

/** Objects that stay as they were declared until somebody changes them: putting them back is what the owner asked for. */
const REPAIRED = [
  /^resilience:/,
  /^proxmoxve:storage\//,
  /^aws:/,
  /^cloudflare:(?!index\/zeroTrustTunnelCloudflared:)/,
];

/**
 * One that is gone is made anew; one that is there is never taken in from the site: what Cloudflare gives back of it has led plugins to make
 * another tunnel, with every connector cut off (cloudflare/terraform-provider-cloudflare#5450).
 */
const MADE_ANEW = "cloudflare:index/zeroTrustTunnelCloudflared:";

/** What the site has otherwise than the last run left it, from a refresh that changed nothing. */
export function driftOf({ steps }: Plan): Drift[] {
  return steps.filter(({ op, bare }) => !bare && (op === "update" || op === "delete")).map(driftIn);
}

function driftIn(step: Step): Drift {
  const { urn, type, name, op } = step;
  const what = op === "delete" ? "gone" : "changed";
  return {
    urn,
    type,
    name,
    what,
    fields: what === "gone" ? [] : fieldsOf(step),
    repaired: REPAIRED.some((pattern) => pattern.test(type)) || (what === "gone" && type.startsWith(MADE_ANEW)),
    scripts: scriptsBehind({ type, what, fields: step.fields }),
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
export function driftLines({ name, type, what, fields, repaired, scripts }: Drift): string[] {
  const head =
    what === "gone" ? `${name} (${type}) is gone from the site` : `${name} (${type}) was changed on the site`;
  const after = repaired ? "`make up` puts it back" : "it is only shown, and never put back from here";
  return [
    `${head}; ${after}`,
    ...fields.map(({ field, left, found }) => `  ${field}: ${left} was left, ${found} is there`),
    ...(fields.some(isLostKey) ? [LOST_KEY] : []),
    ...scripts.map((script) => `  So does a script of TAPPaaS: ${script}`),
  ];
}
