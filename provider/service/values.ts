import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

import { type Fields, type Wanted } from "../objects/fields";

/** Properties as the engine sent them, taken apart: values, what is not known yet, and what is secret. */
export interface Properties extends Wanted {
  /** Fields that hold a secret, or hold one somewhere within. */
  readonly secret: ReadonlySet<string>;
}

/** Takes apart what the engine sent; nothing at all is no properties. */
export function decode(struct: Struct | undefined): Properties {
  const known: Record<string, unknown> = {};
  const unknown = new Set<string>();
  const secret = new Set<string>();
  for (const [field, value] of Object.entries(struct?.toJavaScript() ?? {})) {
    const found = { secret: false, unknown: false };
    const bare = stripped(value, found);
    if (found.secret) secret.add(field);
    if (found.unknown) unknown.add(field);
    else if (bare !== null && bare !== undefined) known[field] = bare;
  }
  return { known, unknown, secret };
}

/** Puts together what the engine is to hold: secrets marked, and what is not known yet said so. */
export function encode(fields: Fields, secret: ReadonlySet<string>, unknown: Iterable<string> = []): Struct {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  const known = entries.map(([field, value]) => [field, secret.has(field) ? marked(value) : value]);
  const open = [...unknown].map((field) => [field, unknownValue]);
  return Struct.fromJavaScript(Object.fromEntries([...known, ...open]) as Record<string, JavaScriptValue>);
}

function marked(value: unknown) {
  return { [specialSigKey]: specialSecretSig, value };
}

/** `value` without marks; what they said is noted in `found`. */
function stripped(value: unknown, found: { secret: boolean; unknown: boolean }): unknown {
  if (value === unknownValue) {
    found.unknown = true;
    return undefined;
  }
  if (Array.isArray(value)) return value.map((one) => stripped(one, found));
  if (value === null || typeof value !== "object") return value;
  const fields = value as Record<string, unknown>;
  if (fields[specialSigKey] === specialSecretSig) {
    found.secret = true;
    return stripped(fields["value"], found);
  }
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, stripped(one, found)]));
}
