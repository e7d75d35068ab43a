import * as z from "zod";

import { isCalendarEvent, nextFiring } from "./units/calendar-event";
import { isDuration } from "./units/duration";
import { fingerprint, isFingerprint } from "./units/fingerprint";
import { isHostKeyLine } from "./units/host-key";
import { isVmid } from "./units/guest-id";
import { identifierForm, isIdentifier, type IdentifierKind } from "./units/identifier";
import { type Parsed, type Problem, shown } from "./problem";
import { isSize } from "./units/size";

/** Text that names a thing of this kind. */
export function identifier(kind: IdentifierKind) {
  return text((value) => isIdentifier(kind, value), identifierForm(kind));
}

/** A size such as `"32 GiB"`. */
export const sizeText = z
  .string(expecting('a size such as "32 GiB"'))
  .refine(isSize, expecting('a size such as "32 GiB"'));

/** A duration such as `"15 minutes"`. */
export const durationText = z
  .string(expecting('a duration such as "15 minutes"'))
  .refine(isDuration, expecting('a duration such as "15 minutes"'));

/** A calendar event that PVE and PBS take and that fires at all. */
export const scheduleText = text(
  (value) => isCalendarEvent(value) && nextFiring(value, "2000-01-01T00:00:00") !== undefined,
  'a calendar event that fires, such as "21:00" or "mon..fri 22:30"',
);

/** A SHA-256 fingerprint in any form; kept in lower case with colons. */
export const fingerprintText = text(isFingerprint, '32 bytes in hex such as "0e:ab:…:d4"').transform(fingerprint);

/** An SSH host key as a line of authorized_keys has it. */
export const hostKeyLine = text(isHostKeyLine, 'a host key such as "ssh-ed25519 AAAA…"');

/** A VMID as a number. */
export const vmidNumber = z
  .int(expecting("a VMID from 100 to 999999999"))
  .refine(isVmid, expecting("a VMID from 100 to 999999999"));

/** A VMID as a key of an object. */
export const vmidText = (example: string) => text((vmid) => /^[1-9]\d{2,8}$/.test(vmid), `a VMID such as "${example}"`);

/** A token of PBS with its user and realm. */
export const tokenText = (example: string) =>
  text((id) => /^[^\s:/!]+@[^\s:/!]+![^\s:/!]+$/.test(id), `a token such as "${example}"`);

/** Identifier of an account or a zone at Cloudflare. */
export const cloudflareId = text(
  (id) => /^[0-9a-f]{32}$/.test(id),
  "32 hexadecimal digits, as Cloudflare's dashboard shows them",
);

/** A TCP port. */
export const portNumber = z
  .int(expecting("a port from 1 to 65535"))
  .min(1, expecting("a port from 1 to 65535"))
  .max(65_535, expecting("a port from 1 to 65535"));

/** Text that somebody meant: not empty, no space at its ends. */
export const plainText = text((value) => value.trim() === value && value !== "", "a text");

/** Text that `accepts` takes. */
export function text(accepts: (value: string) => boolean, expected: string) {
  return z.string(expecting(expected)).refine(accepts, expecting(expected));
}

/** Error option of a zod schema: what was expected, to be read after that word. */
export function expecting(expected: string): { error: () => string } {
  return { error: () => expected };
}

/**
 * Reads `input` by `schema`, naming all problems at once.
 * @param where File that holds it, or the name of the settings; undefined when paths speak for themselves.
 */
export function parse<T>(schema: z.ZodType<T>, input: unknown, where?: string): Parsed<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => issueProblems(issue, input, where)) };
}

function issueProblems(issue: z.core.$ZodIssue, input: unknown, where: string | undefined): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const cure = "remove it or correct its spelling";
    const path = (key: string) => pathText([...issue.path, key], where);
    return issue.keys.map((key) => ({ path: path(key), expected: "no such key", cure }));
  }
  if (issue.code === "invalid_key") {
    const got = shown(issue.path.at(-1));
    const expected = issue.issues[0]?.message ?? "another key";
    return [{ path: pathText(issue.path.slice(0, -1), where), expected, got, cure: "correct that key" }];
  }
  const value = issue.path.reduce(memberOf, input);
  const cure = value === undefined ? "set it" : "correct it";
  return [{ path: pathText(issue.path, where), expected: expectedText(issue), got: shown(value), cure }];
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function expectedText(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
    return KINDS[issue.expected] ?? issue.expected;
  }
  if (issue.code === "invalid_value" && issue.message.startsWith("Invalid")) {
    return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  }
  return issue.message;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

/** `modules/identity.json: config.cluster:vm.cores`, `pools[0].disks`. */
function pathText(path: readonly PropertyKey[], where: string | undefined): string {
  const inside = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const trimmed = inside.replace(/^\./, "");
  return [where, trimmed].filter((part) => part !== undefined && part !== "").join(": ") || "(all of it)";
}
