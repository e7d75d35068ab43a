import { type LabValues } from "./values";

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** One resource of a stack's state, as `pulumi stack export` shows it. */
export type StateResource = { readonly urn: string; readonly type: string } & Record<string, Json>;

/** A stack's state, as `pulumi stack export` shows it. */
export interface ExportedState {
  /** Version of the form. */
  readonly version: number;
  /** What the engine knows; only the resources matter here. */
  readonly deployment: { readonly resources: readonly StateResource[] } & Record<string, unknown>;
}

/** The state of a release as it is kept: resources alone, with `{{name}}` for what only one lab says, and no secret. */
export interface ReleasedState {
  /** Version of the package whose program made it. */
  readonly release: string;
  /** Version of the engine's form. */
  readonly version: number;
  /** Resources without the times and places of their making. */
  readonly resources: readonly StateResource[];
}

/** Fields that say when and from which line a resource was made. */
const ACCIDENTAL = new Set(["created", "modified", "sourcePosition", "stackTrace"]);

/** Mark of a secret in an export: Pulumi, sdk/go/common/resource, `SigKey` and `SecretSig`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/**
 * The state of a release from an export with `--show-secrets`: each value of the lab and each secret gives way to its name.
 * @throws {Error} When a secret would remain, naming the resource.
 */
export function releasedState(release: string, state: ExportedState, values: LabValues): ReleasedState {
  const known = withMintedSecrets(state, values);
  const longestFirst = [...known].sort(([, a], [, b]) => b.length - a.length);
  const hide = (text: string) =>
    longestFirst.reduce((hidden, [name, value]) => hidden.replaceAll(value, `{{${name}}}`), text);
  const resources = state.deployment.resources.map((resource) => {
    const kept = Object.entries(resource).filter(([field]) => !ACCIDENTAL.has(field));
    const hidden = inStrings(Object.fromEntries(kept), hide) as StateResource;
    demandNoSecret(hidden);
    return hidden;
  });
  return { release, version: state.version, resources };
}

/** That state as another lab would have it; what no lab says is left as its name. */
export function stateOfRelease({ version, resources }: ReleasedState, values: LabValues): ExportedState {
  const fill = (text: string) => text.replaceAll(/\{\{([^}]+)\}\}/g, (mark, name: string) => values.get(name) ?? mark);
  return {
    version,
    deployment: { resources: resources.map((resource) => inStrings(resource, fill) as StateResource) },
  };
}

/** Values of a lab and the secrets that its stack made for itself: `minted.<n>` in the order of the resources. */
export function withMintedSecrets(state: ExportedState, values: LabValues): LabValues {
  const minted = state.deployment.resources
    .filter(({ type }) => type === "resilience:pbs:Token")
    .flatMap(({ outputs }) => plainText((outputs as Record<string, Json>)["secret"] ?? null));
  return new Map([...values, ...minted.map((secret, index): [string, string] => [`minted.${index}`, secret])]);
}

function plainText(value: Json): string[] {
  if (!isSecret(value)) return typeof value === "string" && value !== "" ? [value] : [];
  const inner = JSON.parse(value.plaintext) as Json;
  return typeof inner === "string" && inner !== "" ? [inner] : [];
}

/** `value` with `change` on every string in it, also on those inside a secret's own JSON. */
function inStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => inStrings(item, change));
  if (value === null || typeof value !== "object") return value;
  if (isSecret(value)) {
    const inner = inStrings(JSON.parse(value.plaintext) as Json, change);
    return { ...value, plaintext: JSON.stringify(inner) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inStrings(item, change)]));
}

type SecretValue = Record<string, Json> & { readonly plaintext: string };

function isSecret(value: Json): value is SecretValue {
  return value !== null && typeof value === "object" && SIGNATURE in value && "plaintext" in value;
}

/** What keys and tokens look like. */
const SECRET = /PRIVATE KEY|SECRET-KEY|![\w.-]+[=:][0-9a-f-]{36}|"ciphertext"/;

function demandNoSecret(resource: StateResource): void {
  if (!SECRET.test(JSON.stringify(resource))) return;
  throw new Error(`A secret would remain in ${resource.urn}.\nCure: name its value in tools/releases/values.ts.`);
}
