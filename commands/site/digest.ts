import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { type StateResource } from "../engine/state";
import { writeWholeJson } from "../whole-file";

/** A stack's state without a secret: what stands in it, and whether two of them are the same. */
export interface Digest {
  /** Hash of each resource's inputs, by field, by URN. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** File in a site's folder that says what the last run left. */
const FILE = "digest.json";

const DIGEST = z.strictObject({ resources: z.record(z.string(), z.record(z.string(), z.string())) });

/** Mark of a secret in a state: Pulumi, sdk/go/common/resource, `SigKey`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/**
 * The digest of a state. Secrets are left out, whole fields of them too. Values of the settings give way to their names, so that a
 * stand-in at other addresses has the same digest.
 */
export function digestOf(resources: readonly StateResource[], settings: unknown): Digest {
  const names = namesOf(settings);
  const custom = resources.filter(({ custom: own }) => own);
  const entries = custom.map(({ urn, inputs }): [string, Record<string, string>] => [urn, hashes(inputs, names)]);
  return { resources: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function hashes(inputs: StateResource["inputs"], names: ReadonlyMap<string, string>): Record<string, string> {
  const open = Object.entries(inputs).filter(([, value]) => !holdsSecret(value));
  const pairs = open.map(([field, value]): [string, string] => [field, hash(named(value, names))]);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hash(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, HASH_LENGTH);
}

/** Enough to tell two values apart, too little to find a short one by trying. */
const HASH_LENGTH = 16;

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return SIGNATURE in value || Object.values(value).some(holdsSecret);
}

/** Texts of the settings long enough to be nothing else, each with its path. */
function namesOf(settings: unknown, path = ""): Map<string, string> {
  if (typeof settings === "string")
    return settings.length < 6 ? new Map<string, string>() : new Map([[settings.trim(), `{${path}}`]]);
  if (typeof settings !== "object" || settings === null) return new Map<string, string>();
  const entries = Object.entries(settings);
  return new Map(entries.flatMap(([key, value]) => [...namesOf(value, path === "" ? key : `${path}.${key}`)]));
}

function named(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value.trim()) ?? withAddress(value, names);
  if (Array.isArray(value)) return value.map((item) => named(item, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item, names)]));
}

/** An address inside another text, as in `https://10.0.0.12:8007`. */
function withAddress(text: string, names: ReadonlyMap<string, string>): string {
  if (!URL.canParse(text)) return text;
  const { hostname } = new URL(text);
  const name = names.get(hostname);
  return name === undefined ? text : text.replace(hostname, name);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** Where two digests differ, a line each, for people. */
export function digestDifferences(committed: Digest, rebuilt: Digest): string[] {
  const urns = [...new Set([...Object.keys(committed.resources), ...Object.keys(rebuilt.resources)])].sort();
  return urns.flatMap((urn) => {
    const [one, other] = [committed.resources[urn], rebuilt.resources[urn]];
    const name = urn.split("::").slice(2).join(" ");
    if (one === undefined) return [`${name}: only the stand-in has it`];
    if (other === undefined) return [`${name}: the last run left it, the stand-in does not have it`];
    const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
      (field) => one[field] !== other[field],
    );
    return fields.length === 0 ? [] : [`${name}: another ${fields.sort().join(", ")}`];
  });
}

/** Puts a digest into the site's folder, whole or not at all. */
export function writeDigest(folder: string, digest: Digest): void {
  const path = join(folder, FILE);
  writeWholeJson(path, digest);
}

/** The digest in a site's folder; undefined when no run has left one. */
export function readDigest(folder: string): Digest | undefined {
  const path = join(folder, FILE);
  return existsSync(path) ? DIGEST.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}
